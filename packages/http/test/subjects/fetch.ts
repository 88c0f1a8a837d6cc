import { httpCache } from '@keepsake/http';
import { serveFetch } from '../fetch-bridge.ts';
import type { Origin, OriginRequest, OriginResponse } from '../origin.ts';
import type { Build } from './behind.ts';

export const fetch: Build = (origin, options, guard) => {
  const http = httpCache(options);
  const handle = http(fetchHandler(origin));
  const guarded = async (request: Request): Promise<Response> =>
    guard((name) => request.headers.get(name) ?? undefined)
      ? handle(request)
      : new Response(null, { status: 401 });
  return { listener: serveFetch(guarded), purge: (target) => http.purge(target) };
};

export const fetchHandler =
  (origin: Origin): ((request: Request) => Promise<Response>) =>
  async (request) => {
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
