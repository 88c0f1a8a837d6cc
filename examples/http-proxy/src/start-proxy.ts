import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { shutdownCache, startupCache } from '@keepsake/http';
import { ADAPTERS } from './adapters/index.ts';
import { openCache } from './open-cache.ts';
import type { Settings } from './settings.ts';

export interface RunningProxy {
  readonly url: string;
  /** Ends within two seconds, whatever is under way. */
  close(): Promise<void>;
}

/** Requests under way at the end may take this long. */
const GRACE_MS = 500;
const CACHE_CLOSE_S = 1;
/** What the store may take to be reached before the proxy listens without it. */
const CONNECT_S = 2;

export const startProxy = async (settings: Settings): Promise<RunningProxy> => {
  const { adapter, origin, preset, port } = settings;
  const cache = openCache(settings);
  // The first responses are to be stored, too; without its store it serves all the same.
  await startupCache(cache, { timeout: CONNECT_S });
  const options = { cache, ...(preset === 'conformance' && { preset }) };
  const server = createServer(await ADAPTERS[adapter](options, origin));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  // Not a pipe: it was told a port.
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${bound}`,
    close: async () => {
      await closeServer(server);
      await shutdownCache(cache, { timeout: CACHE_CLOSE_S });
    },
  };
};

const closeServer = async (server: Server): Promise<void> => {
  const cut = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  await closed;
  clearTimeout(cut);
};
