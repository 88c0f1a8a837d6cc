import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A server that answers by the byte, and keeps what it was sent. */
export interface RawOrigin {
  readonly url: URL;
  /** The heads of the requests so far, and what had come of the body with them. */
  readonly requests: string[];
  [Symbol.asyncDispose](): Promise<void>;
}

/** What is written to a request: text, then the end of the connection. `reset` breaks it off. */
export type Script = (request: string) => readonly (string | 'reset')[];

export const startRawOrigin = async (script: Script): Promise<RawOrigin> => {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    let received = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      received += text;
      if (!isWhole(received)) return;
      requests.push(received);
      for (const part of script(received)) {
        if (part === 'reset') return void socket.resetAndDestroy();
        socket.write(part, 'latin1');
      }
      socket.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    requests,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
};

const isWhole = (received: string): boolean => {
  const at = received.indexOf('\r\n\r\n');
  if (at < 0) return false;
  const body = received.slice(at + 4);
  if (/^transfer-encoding:/im.test(received.slice(0, at))) return body.endsWith('0\r\n\r\n');
  return body.length >= Number(/^content-length: *(\d+)/im.exec(received.slice(0, at))?.[1] ?? 0);
};
