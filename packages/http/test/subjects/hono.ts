import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { httpCache } from '@keepsake/http/hono';
import { Hono } from 'hono';
import type { Build } from './behind.ts';
import { fetchHandler } from './fetch.ts';

export const hono: Build = (origin, options, guard) => {
  const http = httpCache(options);
  const handler = fetchHandler(origin);
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.use(async (c, next) => {
    if (!guard((name) => c.req.header(name))) return c.body(null, 401);
    await next();
    return undefined;
  });
  app.use(http);
  app.all('*', (c) => handler(c.req.raw));
  app.onError((_, c) => c.text('failed', 500));
  const listener = getRequestListener(app.fetch);
  return {
    listener: (req, res) => void listener(req, res),
    purge: (target) => http.purge(target),
  };
};
