import { httpCache } from '@keepsake/http/node';
import { askFor, sendAnswer, sendBadGateway } from '../pass-on-node.ts';
import type { Adapter } from './adapter.ts';

export const node: Adapter = (options, origin) => {
  const http = httpCache(options);
  return (req, res) => {
    const handle = async (): Promise<void> => sendAnswer(await askFor(origin, req, res), res);
    http(req, res, handle).catch(() => sendBadGateway(res));
  };
};
