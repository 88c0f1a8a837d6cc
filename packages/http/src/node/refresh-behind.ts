/**
 * Runs a handler with nobody to answer. A middleware cannot call what stands behind it with another request, so
 * the request goes to the server once more, from within: through the whole application, authentication
 * included, up to the cache, which knows it again and lets it pass to the handler.
 */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Duplex } from 'node:stream';
import type { MaybePromise } from '@keepsake/core';
import type { Exchange } from '../exchange.ts';
import type { Forward, Verdict } from '../forward.ts';

/** Requests that were made here, with what they are for, until the cache has met them. */
const made = new WeakMap<IncomingMessage, Forward>();

interface Server {
  emit(event: 'request', req: IncomingMessage, res: ServerResponse): boolean;
}

/** Whether the server of a request can be given another one. */
export const canRefreshBehind = (req: IncomingMessage): boolean =>
  req instanceof IncomingMessage && req.method === 'GET' && serverOf(req) !== undefined;

/** What becomes of a request; of one that was made here that is known. */
export const receiveNode = (
  engine: { receive(exchange: Exchange): MaybePromise<Verdict> },
  req: IncomingMessage,
  exchange: Exchange,
): MaybePromise<Verdict> => {
  const forward = takeRefresh(req);
  return forward ? { kind: 'forward', forward } : engine.receive(exchange);
};

/** The forward that a request was made for; once. */
const takeRefresh = (req: IncomingMessage): Forward | undefined => {
  const forward = made.get(req);
  if (forward) made.delete(req);
  return forward;
};

/** `originalUrl`: the whole URL where a framework keeps it on an object of its own. */
export const refreshBehind = (
  req: IncomingMessage & { readonly originalUrl?: unknown },
  forward: Forward,
  originalUrl: unknown = req.originalUrl,
): void => {
  const server = serverOf(req);
  const socket = new SilentSocket(req);
  const copy = copyOf(req, typeof originalUrl === 'string' ? originalUrl : (req.url ?? '/'), socket);
  const res = new ServerResponse(copy);
  res.assignSocket(socket as never);
  made.set(copy, forward);
  const over = (): void => {
    // It never came as far as the cache.
    takeRefresh(copy)?.fail();
    socket.destroy();
  };
  res.once('finish', over).once('close', over);
  try {
    server?.emit('request', copy, res);
  } catch {
    // The application itself has thrown: it fails like any handler.
    over();
  }
};

const serverOf = (req: IncomingMessage): Server | undefined => {
  const { server } = req.socket as { server?: Partial<Server> };
  return typeof server?.emit === 'function' ? (server as Server) : undefined;
};

const copyOf = (req: IncomingMessage, url: string, socket: SilentSocket): IncomingMessage => {
  const copy = new IncomingMessage(socket as never);
  Object.assign(copy, {
    method: req.method,
    url,
    httpVersion: req.httpVersion,
    httpVersionMajor: req.httpVersionMajor,
    httpVersionMinor: req.httpVersionMinor,
    rawHeaders: [...req.rawHeaders],
    complete: true,
  });
  copy.headers = { ...req.headers };
  copy.headersDistinct = { ...req.headersDistinct };
  copy.push(null);
  return copy;
};

/** What looks like the connection of the request that is copied, and sends nothing. */
class SilentSocket extends Duplex {
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly remoteFamily: string | undefined;
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
  readonly encrypted: boolean;
  readonly server: unknown;

  constructor({ socket }: IncomingMessage) {
    super();
    const from = socket as IncomingMessage['socket'] & { encrypted?: boolean; server?: unknown };
    this.remoteAddress = from.remoteAddress;
    this.remotePort = from.remotePort;
    this.remoteFamily = from.remoteFamily;
    this.localAddress = from.localAddress;
    this.localPort = from.localPort;
    this.encrypted = from.encrypted === true;
    this.server = from.server;
  }

  override _read(): void {
    // Nothing comes.
  }

  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done();
  }

  setTimeout(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}
