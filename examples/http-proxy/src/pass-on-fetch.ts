import { Readable } from 'node:stream';
import { askOrigin } from './ask-origin.ts';
import { endToEnd, pairsOf } from './header-lines.ts';

const WITHOUT_BODY = new Set([204, 205, 304]);

/** Answers with what the origin answers. Rejects where it cannot be reached. A Response carries no 1xx. */
export const fetchFrom =
  (origin: URL) =>
  async (request: Request): Promise<Response> => {
    const { origin: own } = new URL(request.url);
    const answer = await askOrigin(origin, {
      method: request.method,
      target: request.url.slice(own.length),
      lines: [...request.headers].flat(),
      body: request.body ? Readable.fromWeb(request.body) : undefined,
      signal: request.signal,
      onInterim: () => undefined,
    });
    const status = answer.statusCode ?? 502;
    const headers = new Headers();
    for (const [name, value] of pairsOf(endToEnd(answer.rawHeaders))) headers.append(name, value);
    const isEmpty = WITHOUT_BODY.has(status) || request.method === 'HEAD';
    // Its end has to be read all the same, or the connection stays open.
    if (isEmpty) answer.resume();
    const body = isEmpty ? null : (Readable.toWeb(answer) as ReadableStream<Uint8Array>);
    return new Response(body, { status, statusText: answer.statusMessage ?? '', headers });
  };

export const badGateway = (): Response =>
  new Response('Bad gateway\n', { status: 502, headers: { 'Cache-Control': 'no-store' } });
