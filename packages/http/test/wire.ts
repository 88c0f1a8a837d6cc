import { once } from 'node:events';
import { connect } from 'node:net';
import { gate } from './gate.ts';

/** One response of several on a connection, as its own framing delimits it. */
export interface Framed {
  readonly version: string;
  readonly status: number;
  /** Names in lower case; of several lines the last. */
  readonly fields: ReadonlyMap<string, string>;
  readonly text: string;
  readonly isHit: boolean;
}

/**
 * Writes to a socket, and reads until it closes or `count` final responses have come; the methods are those of the
 * requests, in order. Rejects where what comes is not framed as HTTP/1.1 has it.
 */
export const converse = async (
  port: number,
  parts: readonly string[],
  methods: readonly string[],
): Promise<readonly Framed[]> => {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  let came = '';
  let isClosed = false;
  const closed = once(socket, 'close').then(() => (isClosed = true));
  const enough = gate();
  const isEnough = (): boolean => read(came, methods, isClosed).length >= methods.length;
  socket.on('data', (chunk) => {
    came += chunk.toString('latin1');
    if (isEnough()) enough.open();
  });
  socket.on('error', enough.open);
  for (const part of parts) await new Promise((resolve) => socket.write(part, resolve));
  await Promise.race([enough.opened, closed]);
  socket.destroy();
  await closed;
  return read(came, methods, true);
};

const read = (bytes: string, methods: readonly string[], isClosed: boolean): readonly Framed[] => {
  const found: Framed[] = [];
  let at = 0;
  while (at < bytes.length && found.length < methods.length) {
    const end = bytes.indexOf('\r\n\r\n', at);
    if (end < 0) break;
    const [statusLine = '', ...lines] = bytes.slice(at, end).split('\r\n');
    const [, version, status] = /^(HTTP\/1\.[01]) (\d{3}) /.exec(statusLine) ?? [];
    if (version === undefined) throw new Error(`no status line: ${statusLine.slice(0, 80)}`);
    const fields = new Map(
      lines.map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
    );
    at = end + 4;
    if (Number(status) < 200) continue;
    const isEmpty = methods[found.length] === 'HEAD' || ['204', '304'].includes(status ?? '');
    const body = isEmpty ? { text: '', end: at } : readBody(bytes, at, fields, isClosed);
    if (!body) break;
    at = body.end;
    const isHit = /;\s*hit/.test(fields.get('cache-status') ?? '');
    found.push({ version, status: Number(status), fields, text: body.text, isHit });
  }
  return found;
};

/** Undefined: it is not all there yet. */
const readBody = (
  bytes: string,
  start: number,
  fields: ReadonlyMap<string, string>,
  isClosed: boolean,
): { text: string; end: number } | undefined => {
  const length = fields.get('content-length');
  if (fields.has('transfer-encoding')) {
    if (length !== undefined) throw new Error('both Content-Length and Transfer-Encoding');
    return readChunks(bytes, start);
  }
  if (length === undefined) return isClosed ? { text: bytes.slice(start), end: bytes.length } : undefined;
  const end = start + Number(length);
  return end <= bytes.length ? { text: bytes.slice(start, end), end } : undefined;
};

const readChunks = (bytes: string, start: number): { text: string; end: number } | undefined => {
  let text = '';
  let at = start;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    const size = Number.parseInt(bytes.slice(at, lineEnd), 16);
    const end = lineEnd + 2 + size;
    if (lineEnd < 0 || end + 2 > bytes.length) return undefined;
    if (bytes.slice(end, end + 2) !== '\r\n') throw new Error('a chunk is longer than it says');
    if (size === 0) return { text, end: end + 2 };
    text += bytes.slice(lineEnd + 2, end);
    at = end + 2;
  }
};
