import { bindExchange } from './bind-exchange.ts';
import { isFetchRequest, isFetchResponse, isFunction, wrongCall } from './called-by.ts';
import { webDigest } from './digest.ts';
import { createEngine } from './engine.ts';
import type { Reply } from './exchange.ts';
import { type BodySource, passAlong, readAhead } from './fetch-body.ts';
import type { BodyCollector } from './body-collector.ts';
import { changed, viewOf } from './fetch-request.ts';
import type { Forward } from './forward.ts';
import type { Handle } from './handle.ts';
import { enterAs } from './inside.ts';
import { isPromise } from './is-promise.ts';
import { keepUnlessHit } from './kept-fields.ts';
import type { HttpCacheOptions } from './options.ts';
import type { Failure } from './rules/failure.ts';
import type { FieldLines } from './rules/fields.ts';
import { hasNoContent } from './rules/status.ts';

/** A handler as Fetch runtimes have it; whatever comes after the request is handed on. */
export type FetchHandler<Rest extends unknown[] = []> = (
  request: Request,
  ...rest: Rest
) => Response | Promise<Response>;

/** Puts a response cache before a handler. */
export interface FetchCache extends Handle {
  <Rest extends unknown[]>(
    handler: FetchHandler<Rest>,
  ): (request: Request, ...rest: Rest) => Promise<Response>;
}

/**
 * A response cache with the semantics of a shared cache (RFC 9111) for fetch handlers. Concurrent misses of
 * one resource run the handler once; a store that is dead or slow is passed by. Put authentication outside
 * of it: what stands inside does not run on a hit.
 *
 * @example
 * ```ts
 * import { createCache } from '@keepsake/core';
 * import { httpCache } from '@keepsake/http';
 *
 * const http = httpCache({ cache: createCache(), cacheControlMaxAge: 60 });
 * const handle = http(() => new Response('hello'));
 *
 * await handle(new Request('http://localhost/'));
 * const again = await handle(new Request('http://localhost/'));
 * console.log(again.headers.get('cache-status')); // 'Keepsake;hit;ttl=60'
 * ```
 * @throws CacheError ERR_HTTP_OPTION or ERR_TTL for misuse of an option.
 */
export const httpCache = (options: HttpCacheOptions<Request>): FetchCache => {
  const engine = createEngine(options, webDigest);
  const wrap = <Rest extends unknown[]>(handler: FetchHandler<Rest>) => {
    if (!isFunction(handler)) throw wrongCall('@keepsake/http', handler);
    return async (request: Request, ...rest: Rest): Promise<Response> => {
      if (!isFetchRequest(request)) throw wrongCall('@keepsake/http', request);
      const view = viewOf(request);
      const given = engine.receive(bindExchange(options, request, view, () => true));
      keepUnlessHit(view.fields, given);
      const verdict = isPromise(given) ? await given : given;
      const call = (asked: Request): Response | Promise<Response> => {
        if (asked !== request) enterAs(asked, request);
        return handler(asked, ...rest);
      };
      if (verdict.kind === 'forward') return forwardTo(call, request, verdict.forward);
      if (verdict.refresh) refreshBehind(call, request, verdict.refresh);
      return toResponse(verdict.reply);
    };
  };
  return Object.assign(wrap, { purge: engine.purge.bind(engine) });
};

type Call = (request: Request) => Response | Promise<Response>;

const forwardTo = async (call: Call, request: Request, forward: Forward): Promise<Response> => {
  let response: Response;
  try {
    response = await forward.run(() => call(changed(request, forward.change)));
  } catch (error) {
    const reply = forward.fail(error);
    if (reply) return toResponse(reply);
    throw error;
  }
  return send(response, forward);
};

/** Runs the handler with nobody to answer, and so with nobody who could go away; what goes wrong leaves the stored response as it is. */
const refreshBehind = (call: Call, request: Request, forward: Forward): void => {
  const run = async (): Promise<void> => {
    const response = await forwardTo(call, new Request(request, { signal: null }), forward);
    await response.body?.pipeTo(new WritableStream());
  };
  run().catch((error: unknown) => forward.fail(error));
};

/** `failure`: the response is that of an error handler. */
export const send = async (response: Response, forward: Forward, failure?: Failure): Promise<Response> => {
  if (!isFetchResponse(response)) {
    forward.fail();
    throw new TypeError('The handler gave something else than a Response');
  }
  const { status, statusText } = response;
  // Response.error() and 101 cannot be made anew; neither is anything that a cache could keep.
  if (status < 200 || status > 599) {
    forward.fail();
    return response;
  }
  if (response.bodyUsed) {
    // Some runtimes would read it once more, as empty.
    forward.fail();
    throw new TypeError('The handler gave a response whose body has been read');
  }
  const outgoing = forward.respond({ status, fields: [...response.headers] }, failure);
  const { collector } = outgoing;
  try {
    if (outgoing.instead) {
      await drain(response, collector);
      return toResponse(outgoing.instead());
    }
    const init = { status, statusText, headers: toHeaders(outgoing.fields) };
    if (!collector) return new Response(response.body, init);
    const source: BodySource = { reader: response.body?.getReader(), collector };
    const start = await readAhead(source);
    if (!start.isWhole) return new Response(passAlong(source, start), init);
    const tag = outgoing.wantsEntityTag ? `"${await webDigest.bytes(start.bytes())}"` : undefined;
    const reply = outgoing.whole(start.bytes(), tag);
    collector.end();
    return toResponse(reply, reply.status === status ? statusText : '');
  } catch (error) {
    // A body that is locked, or a status that no Response has: nobody may wait for what does not come.
    collector?.abort();
    throw error;
  }
};

/** Nobody but the collector wants the body. */
const drain = async ({ body }: Response, collector: BodyCollector | undefined): Promise<void> => {
  if (!collector) return body?.cancel();
  const reader = body?.getReader();
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    collector.push(read.value);
  }
  collector.end();
};

const toResponse = (reply: Reply, statusText = ''): Response => {
  const { status, body } = reply;
  // The bytes are never written to, and a Response copies what it is made from.
  const content = hasNoContent(status) ? null : ((body ?? null) as Uint8Array<ArrayBuffer> | null);
  return new Response(content, { status, statusText, headers: headersOf(reply) });
};

/** Servers write into what they are given. */
const headersOf = (reply: Reply): Headers | Record<string, string> => {
  const made = (reply.ready as Record<string, string> | undefined) ?? toHeaders(reply.fields);
  if (made instanceof Headers) return made;
  reply.ready = made;
  return { ...made };
};

/**
 * A plain object where that is enough: servers on Node write it as it is, and make no Headers for it. Without
 * Transfer-Encoding: whoever sends a Response frames its body anew, some by a Content-Length beside it.
 */
const toHeaders = (fields: FieldLines): Headers | Record<string, string> => {
  const byName: Record<string, string> = {};
  for (const [name, value] of fields) {
    const key = name.toLowerCase();
    if (key === 'transfer-encoding') continue;
    if (byName[key] !== undefined) return severalLines(fields);
    byName[key] = value;
  }
  return byName;
};

const severalLines = (fields: FieldLines): Headers => {
  const headers = new Headers();
  for (const [name, value] of fields) {
    if (name.toLowerCase() !== 'transfer-encoding') headers.append(name, value);
  }
  return headers;
};
