import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { bindExchange } from './bind-exchange.ts';
import { isFunction, isNodeRequest, wrongCall } from './called-by.ts';
import { createEngine } from './engine.ts';
import type { Handle } from './handle.ts';
import { isPromise } from './is-promise.ts';
import { keepUnlessHit } from './kept-fields.ts';
import { canRefreshBehind, receiveNode, refreshBehind } from './node/refresh-behind.ts';
import { nodeDigest } from './node/node-digest.ts';
import { readNodeRequest } from './node/node-request.ts';
import type { ResponseTap } from './node/response-tap.ts';
import { sendReply } from './node/send-reply.ts';
import { tapForward } from './node/tap-forward.ts';
import type { HttpCacheOptions } from './options.ts';

type NodeMiddleware = (
  req: IncomingMessage | Http2ServerRequest,
  res: ServerResponse | Http2ServerResponse,
  next: () => unknown,
) => Promise<void>;

/** A middleware of node:http, Connect and Express; rejects only with what `next` throws. */
export interface NodeHttpCache extends Handle {
  (
    req: IncomingMessage | Http2ServerRequest,
    res: ServerResponse | Http2ServerResponse,
    next: () => unknown,
  ): Promise<void>;
  /**
   * An error handler of Connect and Express, to be used behind the routes and before other error handlers: it hands
   * every error on, and if the next of them answers with 500 or more, what is stale is sent in the place of that.
   */
  onFailure(
    error: unknown,
    req: IncomingMessage | Http2ServerRequest,
    res: ServerResponse | Http2ServerResponse,
    next: (error: unknown) => unknown,
  ): void;
}

/**
 * A response cache with the semantics of a shared cache (RFC 9111) for node:http, Connect and Express. Use
 * it after authentication and before what makes responses, compression included.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { createCache } from '@keepsake/core';
 * import { httpCache } from '@keepsake/http/node';
 *
 * const http = httpCache({ cache: createCache(), cacheControlMaxAge: 60 });
 * const server = createServer((req, res) => {
 *   void http(req, res, () => res.end('hello'));
 * });
 * server.close();
 * ```
 * @throws CacheError ERR_HTTP_OPTION or ERR_TTL for misuse of an option.
 */
export const httpCache = (options: HttpCacheOptions<IncomingMessage>): NodeHttpCache => {
  const engine = createEngine(options, nodeDigest);
  const taps = new WeakMap<object, ResponseTap>();
  const middleware = async (
    req: IncomingMessage,
    res: ServerResponse,
    next: () => unknown,
  ): Promise<void> => {
    if (!isNodeRequest(req) || !isFunction(next)) throw wrongCall('@keepsake/http/node', req);
    const view = readNodeRequest(req);
    const exchange = bindExchange(options, req, view, () => canRefreshBehind(req));
    const given = receiveNode(engine, req, exchange);
    keepUnlessHit(view.fields, given);
    const verdict = isPromise(given) ? await given : given;
    if (verdict.kind === 'serve') {
      sendReply(res, verdict.reply);
      if (verdict.refresh) refreshBehind(req, verdict.refresh);
      return;
    }
    const { forward } = verdict;
    const tap = tapForward(req, res, forward);
    taps.set(res, tap);
    try {
      await forward.run(next);
      tap.release();
    } catch (error) {
      const reply = tap.abandon(error);
      if (!reply) throw error;
      sendReply(res, reply);
    }
  };
  const onFailure: NodeHttpCache['onFailure'] = (error, _req, res, next) => {
    taps.get(res)?.fail(error);
    next(error);
  };
  // What HTTP/2 has for compatibility has all that is used here.
  return Object.assign(middleware as NodeMiddleware, { onFailure, purge: engine.purge.bind(engine) });
};

export type { Handle, PurgeTarget } from './handle.ts';
export type { HttpCacheOptions, ResponseInfo } from './options.ts';
