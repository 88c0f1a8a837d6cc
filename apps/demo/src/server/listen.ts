import { createAdaptorServer } from '@hono/node-server';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigError } from '../config.ts';

type Fetch = (request: Request) => Response | Promise<Response>;

export interface Listening {
  readonly url: string;
  /** Takes no more requests, lets those under way finish, for `graceMs` at the longest. */
  close(graceMs: number): Promise<void>;
}

/** Serves HTTP. @throws ConfigError if the address cannot be had. */
export async function listen(fetch: Fetch, host: string, port: number): Promise<Listening> {
  // It makes a plain HTTP server unless told otherwise.
  const server = createAdaptorServer({ fetch }) as Server;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, host, port)));
    server.listen(port, host, resolve);
  });
  // Not a pipe: it was told a port.
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    close: (graceMs) => close(server, graceMs),
  };
}

function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === 'EADDRINUSE') {
    return new ConfigError(
      `Port ${port} on ${host} is taken. Stop what uses it, or set PORT to another number (PORT=0 takes any free one).`,
    );
  }
  if (error.code === 'EACCES') {
    return new ConfigError(`This user may not use port ${port}. Set PORT to a number above 1023.`);
  }
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
    return new ConfigError(
      `HOST is ${host}, which is no address of this machine. Use 127.0.0.1, or 0.0.0.0 for all of its addresses.`,
    );
  }
  return error;
}
