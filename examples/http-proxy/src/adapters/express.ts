import { httpCache } from '@keepsake/http/node';
import createApp, { type ErrorRequestHandler } from 'express';
import { askFor, sendAnswer, sendBadGateway } from '../pass-on-node.ts';
import type { Adapter } from './adapter.ts';

/** The handler is called through the cache, which so hears when it fails, and can serve what is stale. */
export const express: Adapter = (options, origin) => {
  const http = httpCache(options);
  const app = createApp();
  app.disable('x-powered-by');
  app.use((req, res) => http(req, res, async () => sendAnswer(await askFor(origin, req, res), res)));
  const onError: ErrorRequestHandler = (_error, _req, res, _next) => sendBadGateway(res);
  app.use(onError);
  return app;
};
