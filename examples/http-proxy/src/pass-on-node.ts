import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { askOrigin, type Interim } from './ask-origin.ts';
import { endToEnd, pairsOf, valueOf } from './header-lines.ts';

/** Asks the origin what the client asked; interim responses go out at once. */
export const askFor = (origin: URL, req: IncomingMessage, res: ServerResponse): Promise<IncomingMessage> => {
  const client = new AbortController();
  res.once('close', () => client.abort());
  return askOrigin(origin, {
    method: req.method ?? 'GET',
    target: req.url ?? '/',
    lines: req.rawHeaders,
    body: hasContent(req) ? req : undefined,
    signal: client.signal,
    onInterim: (interim) => sendInterim(res, interim),
  });
};

/** Sends what the origin answered. Rejects, and breaks the response off, where the body breaks off. */
export const sendAnswer = async (answer: IncomingMessage, res: ServerResponse): Promise<void> => {
  res.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? '', endToEnd(answer.rawHeaders));
  await pipeline(answer, res);
};

/** When the origin cannot be reached; a response that has begun is broken off. */
export const sendBadGateway = (res: ServerResponse): void => {
  if (res.headersSent || res.destroyed) res.destroy();
  else res.writeHead(502, { 'Content-Type': 'text/plain', 'Cache-Control': 'no-store' }).end('Bad gateway\n');
};

const hasContent = (req: IncomingMessage): boolean =>
  req.headers['transfer-encoding'] !== undefined ||
  Number(valueOf(req.rawHeaders, 'content-length') ?? 0) > 0;

/** Node itself sends a 103 with a Link only, and a 102 without fields. */
const sendInterim = (res: ServerResponse, { status, reason, lines }: Interim): void => {
  if (res.headersSent) return;
  const fields = pairsOf(endToEnd(lines)).map(([name, value]) => `${name}: ${value}\r\n`);
  res.socket?.write(`HTTP/1.1 ${status} ${reason}\r\n${fields.join('')}\r\n`, 'latin1');
};
