import type { Context, Next } from 'hono';
import { bindExchange } from './bind-exchange.ts';
import { webDigest } from './digest.ts';
import { createEngine } from './engine.ts';
import type { Reply } from './exchange.ts';
import { send, viewOf } from './fetch.ts';
import type { Handle } from './handle.ts';
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
    const verdict = await engine.receive(bindExchange(options, context, viewOf(context.req.raw)));
    if (verdict.kind === 'serve') return respond(context, verdict.reply);
    const { forward } = verdict;
    try {
      await next();
    } catch (error) {
      forward.fail();
      throw error;
    }
    // An error handler of the application has answered: its response goes out and is not stored.
    if (context.error) {
      forward.fail();
      return undefined;
    }
    const response = await send(context.res, forward);
    // Hono mixes a new response into one that is there, unless that is taken away first.
    context.res = undefined;
    context.res = response;
    return undefined;
  };
  return Object.assign(middleware, { purge: engine.purge.bind(engine) });
};

/** Through the context, so that headers of middleware before it stay where the stored response has none. */
const respond = (context: Context, { status, fields, body }: Reply): Response => {
  const content = hasNoContent(status) ? null : ((body ?? null) as Uint8Array<ArrayBuffer> | null);
  // Hono's type has the known status codes alone.
  return context.newResponse(content, status as never, byName(fields));
};

const byName = (fields: FieldLines): Record<string, string[]> => {
  const values: Record<string, string[]> = {};
  for (const [name, value] of fields) (values[name.toLowerCase()] ??= []).push(value);
  return values;
};

export type { Handle, PurgeTarget } from './handle.ts';
export type { HttpCacheOptions, ResponseInfo } from './options.ts';
