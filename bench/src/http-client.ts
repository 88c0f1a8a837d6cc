/**
 * Load over keep-alive connections, one request at a time on each. It looks at no more than status and length of a
 * response, so that it takes less processor time than the servers that it measures.
 */
import { Buffer } from 'node:buffer';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';

export interface Load {
  readonly port: number;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly ms: number;
  /** What each response must be: at least so many bytes, for chunked ones have their framing besides. */
  readonly expect: { readonly status: number; readonly bytes: number };
}

export interface Measured {
  readonly perSecond: number;
  readonly p99Ms: number;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('0\r\n\r\n');

export const applyLoad = async (load: Load): Promise<Measured> => {
  const { port, path, headers = {}, connections, ms, expect } = load;
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const request = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${lines.join('')}\r\n`);
  const latencies: number[] = [];
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)));
  const startedAt = performance.now();
  const endsAt = startedAt + ms;
  await Promise.all(sockets.map((socket) => drive(socket, { request, endsAt, latencies, expect })));
  const seconds = (performance.now() - startedAt) / 1_000;
  latencies.sort((a, b) => a - b);
  return {
    perSecond: latencies.length / seconds,
    p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN,
  };
};

const open = async (port: number): Promise<Socket> => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return socket;
};

interface Drive {
  readonly request: Buffer;
  readonly endsAt: number;
  readonly latencies: number[];
  readonly expect: Load['expect'];
}

const drive = (socket: Socket, { request, endsAt, latencies, expect }: Drive): Promise<void> =>
  new Promise((resolve, reject) => {
    let sentAt = 0;
    const reader = new ResponseReader();
    const next = (): void => {
      sentAt = performance.now();
      reader.begin();
      socket.write(request);
    };
    socket.on('data', (chunk) => {
      if (!reader.push(chunk)) return;
      if (reader.status !== expect.status || reader.bytes < expect.bytes) {
        socket.destroy();
        reject(new Error(`got ${reader.status} with ${reader.bytes} bytes`));
        return;
      }
      const now = performance.now();
      latencies.push(now - sentAt);
      if (now < endsAt) next();
      else socket.end();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve());
    next();
  });

/** Where one response ends. A head is taken to come whole in one piece, as servers send it. */
class ResponseReader {
  status = 0;
  bytes = 0;
  #left: number | 'head' | 'chunked' = 'head';

  begin(): void {
    this.#left = 'head';
    this.bytes = 0;
  }

  /** Whether the response is whole. */
  push(chunk: Buffer): boolean {
    let body = chunk;
    if (this.#left === 'head') {
      const end = chunk.indexOf(HEAD_END);
      if (end < 0) throw new Error('a head came in pieces');
      this.#readHead(chunk.toString('latin1', 0, end));
      body = chunk.subarray(end + HEAD_END.length);
    }
    if (this.#left === 'chunked') {
      this.bytes += body.length;
      return body.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK);
    }
    this.#left = Number(this.#left) - body.length;
    return this.#left <= 0;
  }

  #readHead(head: string): void {
    this.status = Number(head.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    const hasBody = this.status !== 304 && this.status !== 204;
    this.bytes = hasBody ? Number(length ?? 0) : 0;
    this.#left = hasBody && length === undefined ? 'chunked' : this.bytes;
  }
}
