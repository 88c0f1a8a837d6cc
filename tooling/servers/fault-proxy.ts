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
  /** Connections taken since the start. */
  readonly accepted: number;
  /** Holds every chunk back by this much, in both directions together; 0 ends it. */
  delay(ms: number): void;
  /** Lets no more than so many bytes a second through, in each direction of each connection; Infinity ends it. */
  narrow(bytesPerSecond: number): void;
  /** Resets every open connection (RST, not FIN). New ones are accepted. */
  cut(): void;
  /** On: bytes, closes and resets vanish in both directions, as with a dropped route. */
  blackhole(on: boolean): void;
  /** Passes this many more bytes of replies (of all connections together), then resets their connection; once. */
  halfReply(bytes: number): void;
  /** The same for bytes of requests: what lies behind them never reaches the server. */
  halfRequest(bytes: number): void;
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
  let bytesPerMs = Infinity;
  let isBlackhole = false;
  let accepted = 0;
  const replies = createMeter();
  const requests = createMeter();

  const reset = (link: Link): void => {
    links.delete(link);
    link.client.resetAndDestroy();
    link.upstream.resetAndDestroy();
  };

  const send = (meter: Meter, to: Socket, chunk: Buffer, link: Link): void => {
    const { pass, isLast } = meter.take(chunk);
    // The pause lets the bytes reach the other side before the reset does.
    if (isLast) to.write(pass, () => setTimeout(reset, 10, link));
    else to.write(pass);
  };

  const server = createServer((client) => {
    const link: Link = { client, upstream: connect(targetPort, '127.0.0.1') };
    const { upstream } = link;
    links.add(link);
    accepted += 1;
    client.setNoDelay(true);
    upstream.setNoDelay(true);
    const laterUp = createPacer();
    const laterDown = createPacer();
    client.on('data', (chunk: Buffer) => {
      laterUp(delayMs / 2, chunk.length / bytesPerMs, () => {
        if (!isBlackhole && !upstream.destroyed) send(requests, upstream, chunk, link);
      });
    });
    upstream.on('data', (chunk: Buffer) => {
      laterDown(delayMs / 2, chunk.length / bytesPerMs, () => {
        if (!isBlackhole && !client.destroyed) send(replies, client, chunk, link);
      });
    });
    for (const [from, to, later] of [
      [client, upstream, laterUp],
      [upstream, client, laterDown],
    ] as const) {
      from.on('end', () =>
        later(delayMs / 2, 0, () => {
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
    get accepted() {
      return accepted;
    },
    delay: (ms) => {
      delayMs = ms;
    },
    narrow: (bytesPerSecond) => {
      bytesPerMs = bytesPerSecond / 1_000;
    },
    cut,
    blackhole: (on) => {
      isBlackhole = on;
    },
    halfReply: (bytes) => {
      replies.left = bytes;
    },
    halfRequest: (bytes) => {
      requests.left = bytes;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/**
 * Runs acts after a delay, at once without one, and always in the order given, also when the delay shrinks. What takes a
 * while to pass holds up what comes behind it.
 */
function createPacer(): (delayMs: number, passingMs: number, act: () => void) => void {
  const queue: { readonly dueAt: number; readonly act: () => void }[] = [];
  let freeAt = 0;
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
  return (delayMs, passingMs, act) => {
    freeAt = Math.max(freeAt, performance.now()) + passingMs;
    queue.push({ dueAt: freeAt + delayMs, act });
    // A longer queue has its timer already.
    if (queue.length === 1) drain();
  };
}

interface Meter {
  /** Bytes that may still pass; undefined: all. */
  left: number | undefined;
  /** The part of a chunk that may pass, and whether it is the last that does. */
  take(chunk: Buffer): { readonly pass: Buffer; readonly isLast: boolean };
}

function createMeter(): Meter {
  return {
    left: undefined,
    take(chunk) {
      if (this.left === undefined || chunk.length < this.left) {
        if (this.left !== undefined) this.left -= chunk.length;
        return { pass: chunk, isLast: false };
      }
      const pass = chunk.subarray(0, this.left);
      this.left = undefined;
      return { pass, isLast: true };
    },
  };
}
