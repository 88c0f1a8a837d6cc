/** TLS in front of a server on a loopback port, in the test's own process: not every server binary has it. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { Certificate } from './certificate.ts';

export interface TlsFront {
  readonly port: number;
  /** `rediss://localhost:<port>` */
  readonly url: string;
  /** Ends what is open and frees the port. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Listens on a free loopback port, and passes what comes in by TLS on to `targetPort`. */
export async function startTlsFront(targetPort: number, certificate: Certificate): Promise<TlsFront> {
  const open = new Set<Socket>();
  const server = createServer({ cert: certificate.cert, key: certificate.key }, (client) => {
    const upstream = connect(targetPort, '127.0.0.1');
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        open.delete(from);
        to.destroy();
      });
    }
  });
  // A client that does not trust the certificate ends the handshake: that is what is to be seen.
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the TLS front was given no port');
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of open) socket.destroy();
    await closed;
  };
  return {
    port: address.port,
    url: `rediss://localhost:${address.port}`,
    close,
    [Symbol.asyncDispose]: close,
  };
}
