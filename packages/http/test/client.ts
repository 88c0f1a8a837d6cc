import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';

/** A response as it came over the wire. */
export interface Received {
  readonly status: number;
  /** Lines as they came, duplicates kept. */
  readonly lines: readonly (readonly [string, string])[];
  /** The values of a field, one a line. */
  all(name: string): string[];
  header(name: string): string | undefined;
  readonly body: Buffer;
  readonly text: string;
  /** The body came to its proper end. */
  readonly isComplete: boolean;
  /** Fields of the early hints that came before. */
  readonly early: Readonly<Record<string, string | undefined>>;
  /** Whether this cache answered by itself. */
  readonly isHit: boolean;
}

export interface Send {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string;
}

/** One request on a connection of its own; the target is sent as it is. */
export const send = async (
  port: number,
  path: string,
  { method = 'GET', headers = {}, body }: Send = {},
): Promise<Received> => {
  const outgoing = request({ host: '127.0.0.1', port, path, method, headers, agent: false });
  const early: Record<string, string | undefined> = {};
  outgoing.on('information', ({ headers: fields }) => {
    for (const [name, value] of Object.entries(fields)) early[name] = [value].flat().join(', ');
  });
  outgoing.end(body);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  return receive(incoming, early);
};

const receive = async (incoming: IncomingMessage, early: Received['early']): Promise<Received> => {
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  incoming.on('error', () => undefined);
  await once(incoming, 'close').catch(() => undefined);
  const lines: [string, string][] = [];
  for (let i = 0; i + 1 < incoming.rawHeaders.length; i += 2) {
    lines.push([incoming.rawHeaders[i] ?? '', incoming.rawHeaders[i + 1] ?? '']);
  }
  const all = (name: string): string[] =>
    lines.filter(([own]) => own.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
  const body = Buffer.concat(chunks);
  return {
    status: incoming.statusCode ?? 0,
    lines,
    all,
    header: (name) => all(name)[0],
    body,
    text: body.toString('utf8'),
    isComplete: incoming.complete,
    early,
    isHit: /;\s*hit/.test(all('cache-status').join()),
  };
};

/** Bytes to a socket, and all that comes back until it closes: for requests that no client would send. */
export const sendRaw = async (port: number, bytes: string): Promise<string> => {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.write(bytes);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
};
