import { httpCache } from '@keepsake/http/koa';
import Koa from 'koa';
import type { Build } from './behind.ts';
import { nodeBody } from './node-body.ts';
import { originRequestOf, sendEarly } from './node.ts';

export const koa: Build = (origin, options, guard) => {
  const http = httpCache(options);
  const app = new Koa();
  app.silent = true;
  app.use(async (ctx, next) => {
    if (guard(originRequestOf(ctx.req).header)) await next();
    else ctx.status = 401;
  });
  app.use(async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      if (ctx.headerSent) throw error;
      ctx.status = 500;
      ctx.body = 'failed';
    }
  });
  app.use(http);
  app.use(async (ctx) => {
    const { status = 200, headers = [], body, early } = await origin(originRequestOf(ctx.req));
    sendEarly(ctx.res, early);
    ctx.status = status;
    ctx.body = nodeBody(body);
    ctx.status = status;
    ctx.remove('Content-Type');
    for (const [name, value] of headers) ctx.append(name, value);
  });
  const listener = app.callback();
  return { listener: (req, res) => void listener(req, res), purge: (target) => http.purge(target) };
};
