import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server of this process; what is still connected when it ends is cut off. */
export interface Listening extends AsyncDisposable {
  readonly port: number;
}

/** Serves on a free port of loopback. */
export const listen = async (listener: RequestListener): Promise<Listening> => {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
