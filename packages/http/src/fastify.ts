import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import { bindExchange } from './bind-exchange.ts';
import { isFastify, wrongCall } from './called-by.ts';
import { createEngine } from './engine.ts';
import type { Forward, Verdict } from './forward.ts';
import type { Handle } from './handle.ts';
import { isPromise } from './is-promise.ts';
import { keepUnlessHit } from './kept-fields.ts';
import { nodeDigest } from './node/node-digest.ts';
import { canRefreshBehind, receiveNode, refreshBehind } from './node/refresh-behind.ts';
import { readNodeRequest } from './node/node-request.ts';
import type { ResponseTap } from './node/response-tap.ts';
import { sendReply } from './node/send-reply.ts';
import { tapForward } from './node/tap-forward.ts';
import type { HttpCacheOptions } from './options.ts';

/** A plugin of Fastify, for the routes of the instance that it is registered on and of those inside it. */
export type FastifyCache = FastifyPluginCallback & Handle;

/**
 * A response cache with the semantics of a shared cache (RFC 9111) for Fastify. It answers in a `preHandler`
 * hook: after what checks a request in `onRequest`, `preParsing`, `preValidation` or in a `preHandler` hook
 * that was added before, and instead of a route's own `preHandler`.
 *
 * @example
 * ```ts
 * import { createCache } from '@keepsake/core';
 * import { httpCache } from '@keepsake/http/fastify';
 * import Fastify from 'fastify';
 *
 * const app = Fastify();
 * app.register(httpCache({ cache: createCache(), cacheControlMaxAge: 60 }));
 * app.get('/', () => ({ hello: 'world' }));
 * ```
 * @throws CacheError ERR_HTTP_OPTION or ERR_TTL for misuse of an option.
 */
export const httpCache = (options: HttpCacheOptions<FastifyRequest>): FastifyCache => {
  const engine = createEngine(options, nodeDigest);
  /** What is to be run in front of the route; undefined: the request has its answer. */
  const answer = (request: FastifyRequest, reply: FastifyReply, verdict: Verdict): Forward | undefined => {
    if (verdict.kind === 'forward') {
      const tap = tapForward(request.raw, reply.raw, verdict.forward);
      tap.release();
      tellFailures(reply, tap);
      return verdict.forward;
    }
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    // Past serialisation and `onSend`: what is stored has been through them.
    reply.hijack();
    sendReply(reply.raw, verdict.reply);
    if (verdict.refresh) refreshBehind(request.raw, verdict.refresh, request.originalUrl);
    return undefined;
  };
  const plugin: FastifyPluginCallback = (instance, _, done) => {
    if (!isFastify(instance)) throw wrongCall('@keepsake/http/fastify', instance);
    instance.addHook('preHandler', (request, reply, done) => {
      const view = readNodeRequest(request.raw, request.originalUrl);
      const exchange = bindExchange(options, request, view, () => canRefreshBehind(request.raw));
      const verdict = receiveNode(engine, request.raw, exchange);
      keepUnlessHit(view.fields, verdict);
      const go = (given: Verdict): void => {
        let forward: Forward | undefined;
        try {
          forward = answer(request, reply, given);
        } catch (error) {
          // Another hook has written to the response already: nobody around this one would hear of it.
          done(error as Error);
          return;
        }
        // What Fastify calls next runs inside of `done`, and so inside of `run`.
        if (forward) void forward.run(() => done());
      };
      if (isPromise(verdict)) void verdict.then(go);
      else go(verdict);
    });
    done();
  };
  return Object.assign(plugin, { purge: engine.purge.bind(engine) }, OF_THE_INSTANCE);
};

/** Fastify sends the error of a handler like any payload, and that is what its error handler answers for. */
const tellFailures = (reply: FastifyReply, tap: ResponseTap): void => {
  const send = reply.send;
  reply.send = (payload?: unknown): FastifyReply => {
    if (payload instanceof Error) tap.fail(payload);
    return send.call(reply, payload);
  };
};

/** Its hook belongs to the instance that it is registered on, not to a scope of the plugin's own. */
const OF_THE_INSTANCE = {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: '@keepsake/http',
};

export type { Handle, PurgeTarget } from './handle.ts';
export type { HttpCacheOptions, ResponseInfo } from './options.ts';
