import type { IncomingMessage, ServerResponse } from 'node:http';
import { httpCache } from '@keepsake/http/node';
import connectApp from 'connect';
import expressApp from 'express';
import type { Build } from './behind.ts';
import { isRefused, nodeHandler } from './node.ts';

export const express: Build = (origin, options, guard) => {
  const http = httpCache(options);
  const app = expressApp();
  app.disable('x-powered-by');
  app.use((req, res, next) => {
    if (!isRefused(guard, req, res)) next();
  });
  app.use(http);
  app.use(nodeHandler(origin));
  app.use(http.onFailure);
  app.use((_error: unknown, _req: unknown, res: expressApp.Response, _next: unknown) => {
    if (res.headersSent) res.destroy();
    else res.status(500).send('failed');
  });
  return { listener: app, purge: (target) => http.purge(target) };
};

export const connect: Build = (origin, options, guard) => {
  const http = httpCache(options);
  const handler = nodeHandler(origin);
  const app = connectApp();
  app.use((req, res, next) => {
    if (!isRefused(guard, req, res)) next();
  });
  app.use((req, res, next) => void http(req, res, next));
  // Connect knows no promises.
  app.use((req, res, next) => {
    handler(req, res).catch(next);
  });
  app.use(http.onFailure);
  app.use((_error: unknown, _req: IncomingMessage, res: ServerResponse, _next: unknown) => {
    if (res.headersSent) res.destroy();
    else res.writeHead(500).end('failed');
  });
  return { listener: app, purge: (target) => http.purge(target) };
};
