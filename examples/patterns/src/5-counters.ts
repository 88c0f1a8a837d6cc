/** Pattern 5: downloads are counted in the cache, and persisted every 10. */
import assert from 'node:assert/strict';
import { type CounterSink, createCounters, createPhotoCache, MemoryCounterStore } from '@keepsake/entities';
import { RedisCounterStore } from '@keepsake/entities/redis';
import { openCache } from './cache.ts';
import { Table } from './database.ts';

interface Row {
  readonly id: string;
  readonly downloads: number;
  /** The last batch that is in the total: one that comes again is not added again. */
  readonly batch: number;
}

const rows = new Table<Row>([{ id: 'p1', downloads: 100, batch: 0 }]);
const rowOf = async (id: string): Promise<Row> => (await rows.find(id)) ?? { id, downloads: 0, batch: 0 };

const sink: CounterSink = {
  load: (ids) =>
    Promise.all(
      ids.map(async (id) => {
        const { downloads, batch } = await rowOf(id);
        return { id, total: downloads, number: batch };
      }),
    ),
  // UPDATE photos SET downloads = downloads + $amount, batch = $number WHERE id = $id AND batch < $number
  apply: (batches) =>
    Promise.all(
      batches.map(async ({ id, number, amount }) => {
        const row = await rowOf(id);
        if (row.batch < number) await rows.save({ id, downloads: row.downloads + amount, batch: number });
        return { id, total: (await rowOf(id)).downloads };
      }),
    ),
};

const { REDIS_URL: url, ENVIRONMENT } = process.env;
const isShared = url !== undefined && ENVIRONMENT !== 'development'; // counted for all processes
const store = isShared
  ? new RedisCounterStore({ url, prefix: `pattern-5-${process.pid}:` })
  : new MemoryCounterStore();
const downloads = createCounters({ store, sink, flushEvery: 10 });
const cache = await openCache('pattern-5');
const { incrementDownloadCount, getDownloadCount } = createPhotoCache(cache, { downloads });

const downloadPhoto = async (photoId: string): Promise<number> => incrementDownloadCount(photoId);

for (let i = 1; i <= 25; i += 1) assert.equal(await downloadPhoto('p1'), 100 + i); // totals, not increments
await downloads.flush(); // by itself: every 10, and every 5 s
assert.equal((await rowOf('p1')).downloads, 125);
assert.equal(await getDownloadCount('p1'), 125);

await downloadPhoto('p1');
await downloads.close(); // the rest is persisted
assert.equal((await rowOf('p1')).downloads, 126);

console.log('pattern 5: counters, ok');
await cache.close();
