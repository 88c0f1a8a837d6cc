import { getRequestListener } from '@hono/node-server';
import { httpCache } from '@keepsake/http';
import { badGateway, fetchFrom } from '../pass-on-fetch.ts';
import type { Adapter } from './adapter.ts';

/** A fetch handler, served by a server for such handlers. */
export const fetch: Adapter = (options, origin) => {
  const http = httpCache(options);
  const listener = getRequestListener(http(fetchFrom(origin)), { errorHandler: badGateway });
  return (req, res) => void listener(req, res);
};
