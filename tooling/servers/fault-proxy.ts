/**
 * A TCP proxy in the test's own process, in front of a server on a loopback port, that misbehaves on demand.
 *
 * Faults act on what passes after the call and on connections that are open already; `cut` acts once.
 */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface FaultProxy {
  readonly port: number;
  /** `redis://127.0.0.1:<port>` */
  readonly url: string;
  /** Connections open at this moment. */
  readonly connections: number;
  /** Holds every chunk back by this much, in both directions together; 0 ends it. */
  delay(ms: number): void;
  /** Resets every open connection (RST, not FIN). New ones are accepted. */
  cut(): void;
  /** On: bytes, closes and resets vanish in both directions, as with a dropped route. */
  blackhole(on: boolean): void;
  /** Passes this many more bytes of replies (of all connections together), then resets their connection; once. */
  halfReply(bytes: number): void;
  /** Resets what is open and frees the port. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface Link {
  readonly client: Socket;
  readonly upstream: Socket;
}

/** Listens on a free loopback port and passes everything on to `targetPort`. */
export async function startFaultProxy(targetPort: number): Promise<FaultProxy> {
  const links = new Set<Link>();
  let delayMs = 0;
  let isBlackhole = false;
  let replyBytesLeft: number | undefined;

  const reset = (link: Link): void => {
    links.delete(link);
    link.client.resetAndDestroy();
    link.upstream.resetAndDestroy();
  };

  /** The part of a reply that may still pass, and whether the connection is reset after it. */
  const meter = (chunk: Buffer): { pass: Buffer; isLast: boolean } => {
    if (replyBytesLeft === undefined || chunk.length < replyBytesLeft) {
      if (replyBytesLeft !== undefined) replyBytesLeft -= chunk.length;
      return { pass: chunk, isLast: false };
    }
    const pass = chunk.subarray(0, replyBytesLeft);
    replyBytesLeft = undefined;
    return { pass, isLast: true };
  };

  const server = createServer((client) => {
    const link: Link = { client, upstream: connect(targetPort, '127.0.0.1') };
    const { upstream } = link;
    links.add(link);
    client.setNoDelay(true);
    upstream.setNoDelay(true);
    const laterUp = createPacer();
    const laterDown = createPacer();
    client.on('data', (chunk: Buffer) => {
      laterUp(delayMs / 2, () => {
        if (!isBlackhole && !upstream.destroyed) upstream.write(chunk);
      });
    });
    upstream.on('data', (chunk: Buffer) => {
      laterDown(delayMs / 2, () => {
        if (isBlackhole || client.destroyed) return;
        const { pass, isLast } = meter(chunk);
        // The pause lets the bytes reach the other side before the reset does.
        if (isLast) client.write(pass, () => setTimeout(reset, 10, link));
        else client.write(pass);
      });
    });
    for (const [from, to, later] of [
      [client, upstream, laterUp],
      [upstream, client, laterDown],
    ] as const) {
      from.on('end', () =>
        later(delayMs / 2, () => {
          if (!isBlackhole) to.end();
        }),
      );
      // A refused or broken side is passed on as a reset of the other.
      from.on('error', () => {
        if (!isBlackhole) reset(link);
      });
      from.on('close', () => {
        if (client.destroyed && upstream.destroyed) links.delete(link);
      });
    }
  });

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy was given no port');

  const cut = (): void => {
    for (const link of [...links]) reset(link);
  };
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    cut();
    await closed;
  };
  return {
    port: address.port,
    url: `redis://127.0.0.1:${address.port}`,
    get connections() {
      return links.size;
    },
    delay: (ms) => {
      delayMs = ms;
    },
    cut,
    blackhole: (on) => {
      isBlackhole = on;
    },
    halfReply: (bytes) => {
      replyBytesLeft = bytes;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Runs acts after a delay, at once without one, and always in the order given, also when the delay shrinks. */
function createPacer(): (ms: number, act: () => void) => void {
  const queue: { readonly dueAt: number; readonly act: () => void }[] = [];
  const drain = (): void => {
    for (let next = queue[0]; next !== undefined; next = queue[0]) {
      const wait = next.dueAt - performance.now();
      if (wait > 0) {
        setTimeout(drain, wait);
        return;
      }
      queue.shift();
      next.act();
    }
  };
  return (ms, act) => {
    queue.push({ dueAt: performance.now() + ms, act });
    // A longer queue has its timer already.
    if (queue.length === 1) drain();
  };
}
