import type { Context, Next } from 'koa';
import { bindExchange } from './bind-exchange.ts';
import { isKoaContext, wrongCall } from './called-by.ts';
import { createEngine } from './engine.ts';
import type { Reply } from './exchange.ts';
import type { Handle } from './handle.ts';
import { isPromise } from './is-promise.ts';
import { keepUnlessHit } from './kept-fields.ts';
import { nodeDigest } from './node/node-digest.ts';
import { canRefreshBehind, receiveNode, refreshBehind } from './node/refresh-behind.ts';
import { readNodeRequest } from './node/node-request.ts';
import { applyHead, readyFor } from './node/send-reply.ts';
import { tapForward } from './node/tap-forward.ts';
import type { HttpCacheOptions } from './options.ts';

/** A middleware of Koa; rejects only with what `next` rejects with. */
export interface KoaCache extends Handle {
  (context: Context, next: Next): Promise<void>;
}

/**
 * A response cache with the semantics of a shared cache (RFC 9111) for Koa. Use it after authentication and
 * before what makes responses, compression included. What it stores is what left on the wire; headers that
 * middleware around it sets late are set on hits too.
 *
 * @example
 * ```ts
 * import { createCache } from '@keepsake/core';
 * import { httpCache } from '@keepsake/http/koa';
 * import Koa from 'koa';
 *
 * const app = new Koa();
 * app.use(httpCache({ cache: createCache(), cacheControlMaxAge: 60 }));
 * app.use((ctx) => {
 *   ctx.body = { hello: 'world' };
 * });
 * ```
 * @throws CacheError ERR_HTTP_OPTION or ERR_TTL for misuse of an option.
 */
export const httpCache = (options: HttpCacheOptions<Context>): KoaCache => {
  const engine = createEngine(options, nodeDigest);
  const middleware = async (context: Context, next: Next): Promise<void> => {
    if (!isKoaContext(context)) throw wrongCall('@keepsake/http/koa', context);
    const { req, res } = context;
    const view = readNodeRequest(req, context.originalUrl);
    const exchange = bindExchange(options, context, view, () => canRefreshBehind(req));
    const given = receiveNode(engine, req, exchange);
    keepUnlessHit(view.fields, given);
    const verdict = isPromise(given) ? await given : given;
    if (verdict.kind === 'serve') {
      giveReply(context, verdict.reply);
      if (verdict.refresh) refreshBehind(req, verdict.refresh, context.originalUrl);
      return;
    }
    const { forward } = verdict;
    const tap = tapForward(req, res, forward);
    try {
      await forward.run(next);
      // Koa writes the response when all middleware has returned.
      tap.release();
    } catch (error) {
      // Koa answers, or middleware around it does.
      tap.fail(error);
      throw error;
    }
  };
  return Object.assign(middleware, { purge: engine.purge.bind(engine) });
};

/** Koa derives fields from a body that it is given, but for those that are there. */
const giveReply = (context: Context, reply: Reply): void => {
  const { res } = context;
  const { body } = readyFor(reply);
  // Without null it would send the reason phrase.
  if (!body) context.body = null;
  context.status = reply.status;
  applyHead(res, reply);
  if (!body) return;
  const isTyped = res.hasHeader('content-type');
  context.body = body;
  if (!isTyped) res.removeHeader('content-type');
};

export type { Handle, PurgeTarget } from './handle.ts';
export type { HttpCacheOptions, ResponseInfo } from './options.ts';
