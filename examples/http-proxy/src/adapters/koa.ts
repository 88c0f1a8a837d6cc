import { httpCache } from '@keepsake/http/koa';
import Koa from 'koa';
import { askFor, sendAnswer, sendBadGateway } from '../pass-on-node.ts';
import type { Adapter } from './adapter.ts';

export const koa: Adapter = (options, origin) => {
  const app = new Koa();
  app.silent = true;
  app.use(async (ctx, next) => {
    try {
      await next();
    } catch {
      ctx.respond = false;
      sendBadGateway(ctx.res);
    }
  });
  app.use(httpCache(options));
  app.use(async (ctx) => {
    const answer = await askFor(origin, ctx.req, ctx.res);
    // From here on the response is written past Koa, which has its own ideas of header fields.
    ctx.respond = false;
    await sendAnswer(answer, ctx.res);
  });
  const listener = app.callback();
  return (req, res) => void listener(req, res);
};
