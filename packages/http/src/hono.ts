import type { IncomingMessage } from 'node:http';
import type { MaybePromise } from '@keepsake/core';
import type { Context, Next } from 'hono';
import { bindExchange } from './bind-exchange.ts';
import { isHonoContext, wrongCall } from './called-by.ts';
import { webDigest } from './digest.ts';
import { createEngine, type HttpCacheEngine } from './engine.ts';
import type { Exchange, Reply } from './exchange.ts';
import { send } from './fetch.ts';
import { changed, viewOf } from './fetch-request.ts';
import type { Forward, Verdict } from './forward.ts';
import type { Handle } from './handle.ts';
import { isPromise } from './is-promise.ts';
import { keepUnlessHit } from './kept-fields.ts';
import type * as RefreshBehind from './node/refresh-behind.ts';
import type { HttpCacheOptions } from './options.ts';
import type { FieldLines } from './rules/fields.ts';
import { hasNoContent } from './rules/status.ts';

/** A middleware of Hono; rejects only with what `next` rejects with. */
export interface HonoCache extends Handle {
  (context: Context, next: Next): Promise<Response | undefined>;
}

/**
 * A response cache with the semantics of a shared cache (RFC 9111) for Hono. Use it after authentication and
 * before what makes responses, compression included.
 *
 * @example
 * ```ts
 * import { createCache } from '@keepsake/core';
 * import { httpCache } from '@keepsake/http/hono';
 * import { Hono } from 'hono';
 *
 * const app = new Hono();
 * app.use(httpCache({ cache: createCache(), cacheControlMaxAge: 60 }));
 * app.get('/', (c) => c.json({ hello: 'world' }));
 *
 * await app.request('http://localhost/');
 * const again = await app.request('http://localhost/');
 * console.log(again.headers.get('cache-status')); // 'Keepsake;hit;ttl=60'
 * ```
 * @throws CacheError ERR_HTTP_OPTION or ERR_TTL for misuse of an option.
 */
export const httpCache = (options: HttpCacheOptions<Context>): HonoCache => {
  const engine = createEngine(options, webDigest);
  const middleware = async (context: Context, next: Next): Promise<Response | undefined> => {
    if (!isHonoContext(context)) throw wrongCall('@keepsake/http/hono', context);
    const found = refreshesOf(context);
    const behind = isPromise(found) ? await found : found;
    const view = viewOf(context.req.raw);
    const exchange = bindExchange(options, context, view, () => behind?.canRefresh() ?? false);
    const given = behind ? behind.receive(engine, exchange) : engine.receive(exchange);
    keepUnlessHit(view.fields, given);
    const verdict = isPromise(given) ? await given : given;
    if (verdict.kind === 'serve') {
      if (verdict.refresh) behind?.refresh(verdict.refresh);
      return respond(context, verdict.reply);
    }
    const { forward } = verdict;
    if (forward.change) context.req.raw = changed(context.req.raw, forward.change);
    try {
      await forward.run(next);
    } catch (error) {
      const reply = forward.fail(error);
      if (!reply) throw error;
      return respond(context, reply);
    }
    // Nothing was given: Hono answers that with an error. To ask for its response would make an empty one.
    if (!context.finalized) {
      forward.fail();
      return undefined;
    }
    // Hono has caught what the handler threw, and an error handler has answered.
    const failure = context.error && { error: context.error };
    const response = await send(context.res, forward, failure);
    replaceResponse(context, response);
    return undefined;
  };
  return Object.assign(middleware, { purge: engine.purge.bind(engine) });
};

let loaded: typeof RefreshBehind | undefined;

interface Refreshes {
  readonly canRefresh: () => boolean;
  receive(engine: HttpCacheEngine, exchange: Exchange): MaybePromise<Verdict>;
  refresh(forward: Forward): void;
}

/**
 * On Node the request that Hono was made from can be run once more; elsewhere there is nothing to run it with. Loaded
 * only there: other runtimes have no node:http.
 */
const refreshesOf = (context: Context): MaybePromise<Refreshes | undefined> => {
  const { incoming } = (context.env ?? {}) as { incoming?: IncomingMessage };
  if (!incoming) return undefined;
  return loaded ? refreshesBy(loaded, incoming) : loadRefreshes(incoming);
};

const loadRefreshes = async (incoming: IncomingMessage): Promise<Refreshes> =>
  refreshesBy((loaded ??= await import('./node/refresh-behind.ts')), incoming);

const refreshesBy = (
  { canRefreshBehind, receiveNode, refreshBehind }: typeof RefreshBehind,
  incoming: IncomingMessage,
): Refreshes => {
  return {
    canRefresh: () => canRefreshBehind(incoming),
    receive: (engine, exchange) => receiveNode(engine, incoming, exchange),
    refresh: (forward) => refreshBehind(incoming, forward),
  };
};

/** Hono mixes a new response into one that is there, unless that is taken away first. */
const replaceResponse = (context: Context, response: Response): void => {
  context.res = undefined;
  context.res = response;
};

/** Through the context, so that headers of middleware before it stay where the stored response has none. */
const respond = (context: Context, reply: Reply): Response => {
  const { status, body } = reply;
  const content = hasNoContent(status) ? null : ((body ?? null) as Uint8Array<ArrayBuffer> | null);
  // Hono's type has the known status codes alone.
  return context.newResponse(content, status as never, headersOf(reply));
};

/** Servers write into what they are given. */
const headersOf = (reply: Reply): Record<string, string | string[]> => ({
  ...((reply.ready ??= byName(reply.fields)) as Record<string, string | string[]>),
});

const byName = (fields: FieldLines): Record<string, string | string[]> => {
  const values: Record<string, string | string[]> = {};
  for (const [name, value] of fields) {
    const key = name.toLowerCase();
    const before = values[key];
    values[key] = before === undefined ? value : [before, value].flat();
  }
  return values;
};

export type { Handle, PurgeTarget } from './handle.ts';
export type { HttpCacheOptions, ResponseInfo } from './options.ts';
