import { getRequestListener } from '@hono/node-server';
import { httpCache } from '@keepsake/http/hono';
import { Hono } from 'hono';
import { badGateway, fetchFrom } from '../pass-on-fetch.ts';
import type { Adapter } from './adapter.ts';

export const hono: Adapter = (options, origin) => {
  const ask = fetchFrom(origin);
  const app = new Hono();
  app.use(httpCache(options));
  app.all('*', (c) => ask(c.req.raw));
  app.onError(badGateway);
  const listener = getRequestListener(app.fetch);
  return (req, res) => void listener(req, res);
};
