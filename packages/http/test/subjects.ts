import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Cache } from '@keepsake/core';
import { httpCache, type HttpCacheOptions } from '@keepsake/http';
import { httpCache as nodeHttpCache } from '@keepsake/http/node';
import { serveFetch } from './fetch-bridge.ts';
import { naiveCache } from './naive-cache.ts';
import type { Origin, OriginRequest, OriginResponse } from './origin.ts';

export type SubjectOptions = Omit<HttpCacheOptions<unknown>, 'cache' | 'bypass' | 'tags'> & {
  cache: Cache;
  tags?: readonly string[];
};

/** A handler behind a cache, on a real socket. */
export interface Running {
  readonly port: number;
  readonly url: string;
  purge(target: { url: string } | { tag: string }): Promise<unknown>;
  [Symbol.asyncDispose](): Promise<void>;
}

export type Subject = 'fetch' | 'node' | 'naive';

export const start = async (subject: Subject, origin: Origin, options: SubjectOptions): Promise<Running> => {
  const { listener, purge } = listenerOf(subject, origin, options);
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    purge,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};

const listenerOf = (
  subject: Subject,
  origin: Origin,
  options: SubjectOptions,
): { listener: RequestListener; purge: Running['purge'] } => {
  if (subject === 'naive') return { listener: naiveCache(nodeHandler(origin)), purge: async () => undefined };
  if (subject === 'fetch') {
    const http = httpCache(options);
    return { listener: serveFetch(http(fetchHandler(origin))), purge: (target) => http.purge(target) };
  }
  const http = nodeHttpCache(options);
  const handler = nodeHandler(origin);
  return {
    listener: (req, res) => {
      // As Connect does: an error of the handler ends the response, and is no end of the process.
      http(req, res, () => handler(req, res)).catch(() => res.destroy());
    },
    purge: (target) => http.purge(target),
  };
};

const fetchHandler = (origin: Origin) => async (request: Request) => {
  const { origin: authority } = new URL(request.url);
  const seen: OriginRequest = {
    method: request.method,
    url: request.url.slice(authority.length),
    header: (name) => request.headers.get(name) ?? undefined,
  };
  const { status = 200, headers = [], body } = await origin(seen);
  const lines = new Headers();
  for (const [name, value] of headers) lines.append(name, value);
  return new Response(fetchBody(body, status), { status, headers: lines });
};

const fetchBody = (
  body: OriginResponse['body'],
  status: number,
): ConstructorParameters<typeof Response>[0] => {
  if (status === 204 || status === 304 || body === undefined) return null;
  if (typeof body === 'string' || body instanceof Uint8Array)
    return body as ConstructorParameters<typeof Response>[0];
  const iterator = body[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else if (value === 'abort') controller.error(new Error('the handler broke off'));
      else controller.enqueue(value);
    },
    cancel: async () => void (await iterator.return?.()),
  });
};

const nodeHandler =
  (origin: Origin) =>
  async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const seen: OriginRequest = {
      method: req.method ?? '',
      url: req.url ?? '',
      header: (name) => {
        const value = req.headers[name.toLowerCase()];
        return Array.isArray(value) ? value.join(', ') : value;
      },
    };
    const { status = 200, headers = [], body } = await origin(seen);
    for (const [name, value] of headers) res.appendHeader(name, value);
    res.statusCode = status;
    if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
      res.end(body);
      return;
    }
    for await (const chunk of body) {
      if (chunk === 'abort') {
        await nextTurn();
        res.destroy();
        return;
      }
      if (!res.write(chunk)) await Promise.race([once(res, 'drain'), once(res, 'close')]);
      if (res.destroyed) return;
    }
    res.end();
  };
