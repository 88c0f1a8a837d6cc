import { type IncomingMessage, request as openRequest } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { endToEnd, type HeaderLines, valueOf } from './header-lines.ts';

/** An interim response (1xx) on its way. */
export interface Interim {
  readonly status: number;
  readonly reason: string;
  readonly lines: HeaderLines;
}

export interface Question {
  readonly method: string;
  /** Path and query as they came, or the absolute form of a request line. */
  readonly target: string;
  readonly lines: HeaderLines;
  readonly body: Readable | undefined;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
  onInterim(interim: Interim): void;
}

/**
 * Asks the server behind; resolves with the head of its answer, the body still to be read. Each question has a
 * connection of its own: a kept one may be closed by the origin at the very moment it is used again, and a
 * second try would be a second request.
 */
export const askOrigin = async (origin: URL, question: Question): Promise<IncomingMessage> => {
  const { method, target, body, signal } = question;
  const outgoing = openRequest({
    host: origin.hostname.replace(/^\[|\]$/g, ''),
    port: origin.port === '' ? 80 : origin.port,
    method,
    path: target.replace(/^https?:\/\/[^/?#]*/i, '') || '/',
    headers: linesToOrigin(origin, question),
    agent: false,
    signal,
  });
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve);
    outgoing.once('error', reject);
  });
  outgoing.on('information', ({ statusCode, statusMessage, rawHeaders }) => {
    if (statusCode > 101)
      question.onInterim({ status: statusCode, reason: statusMessage, lines: rawHeaders });
  });
  if (!body) outgoing.end();
  // What goes wrong with it is an error of the request, which the answer tells.
  else pipeline(body, outgoing).catch((error: Error) => outgoing.destroy(error));
  return answer;
};

/** Node has answered `Expect: 100-continue` itself, and frames the body anew; a Request for GET has lost it. */
const linesToOrigin = (origin: URL, { lines, body }: Question): string[] => {
  const isLost = !body && Number(valueOf(lines, 'content-length') ?? 0) > 0;
  const kept = endToEnd(lines, 'expect', ...(isLost ? ['content-length'] : []));
  const isFramed = valueOf(kept, 'content-length') !== undefined;
  return [
    ...(valueOf(kept, 'host') === undefined ? ['Host', origin.host] : []),
    ...kept,
    ...(body && !isFramed ? ['Transfer-Encoding', 'chunked'] : []),
    'Via',
    '1.1 keepsake',
  ];
};
