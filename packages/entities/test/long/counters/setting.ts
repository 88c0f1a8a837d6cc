import { bundle, type Program } from '@keepsake/tooling/children';
import { startFaultProxy, startPostgres, startRedis } from '@keepsake/tooling/servers';

const DATABASE_LATENCY_MS = 5;

/** Servers of one's own, and the program that flushes between them. */
export interface Setting extends AsyncDisposable {
  readonly flusher: Program;
  readonly redisUrl: string;
  readonly databaseUrl: string;
  /** The same with latency. */
  readonly slowDatabaseUrl: string;
}

export const openSetting = async (): Promise<Setting> => {
  const closes: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of closes.splice(0).reverse()) await end();
  };
  try {
    const postgres = await startPostgres();
    closes.push(postgres.stop);
    const redis = await startRedis();
    closes.push(redis.stop);
    const proxy = await startFaultProxy(postgres.port);
    closes.push(proxy.close);
    const flusher = await bundle(new URL('children/flusher.ts', import.meta.url));
    closes.push(flusher.close);
    proxy.delay(DATABASE_LATENCY_MS);
    return {
      flusher,
      redisUrl: redis.url,
      databaseUrl: postgres.url,
      slowDatabaseUrl: postgres.url.replace(`:${postgres.port}/`, `:${proxy.port}/`),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
};
