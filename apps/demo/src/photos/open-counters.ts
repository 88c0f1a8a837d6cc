import { createCounters, type Counters, MemoryCounterStore } from '@keepsake/entities';
import { RedisCounterStore } from '@keepsake/entities/redis';
import { redisUrlFromEnv } from '@keepsake/redis';
import { isLocal, type Config } from '../config.ts';
import type { Database } from '../database/open-database.ts';
import { DownloadSink } from './download-sink.ts';

/** Download counters where the cache is: in Redis, or in memory. */
export function openCounters(config: Config, db: Database): Counters {
  let isTold = false;
  return createCounters({
    store: isLocal(config)
      ? new MemoryCounterStore()
      : new RedisCounterStore({
          url: redisUrlFromEnv(config.cacheEnv),
          name: 'downloads',
          commandTimeout: 0.25,
        }),
    sink: new DownloadSink(db),
    onFailure: ({ part, error }) => {
      // The store's outages are told by the cache.
      if (part === 'store' || isTold) return;
      isTold = true;
      console.error('Downloads could not be stored in the database; they are tried again:', error);
    },
  });
}
