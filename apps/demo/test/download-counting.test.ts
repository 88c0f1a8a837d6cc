import { CacheError, createCache } from '@keepsake/core';
import { createCounters, createPhotoCache, MemoryCounterStore } from '@keepsake/entities';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, type OpenDatabase } from '../src/database/open-database.ts';
import { DownloadCounting } from '../src/photos/download-counting.ts';
import { DownloadSink } from '../src/photos/download-sink.ts';
import { findDownloads } from '../src/photos/photo-queries.ts';
import type { DemoValues } from '../src/photos/photo-values.ts';
import { RequestMeter } from '../src/request-meter.ts';
import { makeFolder, newPhoto, removeFolder } from './demo-fixture.ts';

let folder: string;
let database: OpenDatabase;
let photoId: string;

beforeAll(async () => {
  folder = await makeFolder();
  const { signal } = new AbortController();
  database = await openDatabase(folder, { meter: new RequestMeter(), signal });
}, 120_000);

afterAll(async () => {
  await database.close();
  await removeFolder(folder);
});

beforeEach(async () => {
  photoId = await newPhoto(database.db);
});

/** Counters in memory that can be out of reach, before they have counted or after. */
class FarStore extends MemoryCounterStore {
  mode: 'up' | 'down' | 'lost-reply' = 'up';

  override add(...args: Parameters<MemoryCounterStore['add']>): ReturnType<MemoryCounterStore['add']> {
    if (this.mode === 'down') throw unavailable();
    const state = super.add(...args);
    // An answer that says no more than that the counter is unknown comes first.
    if (this.mode === 'lost-reply' && state !== undefined) throw unavailable();
    return state;
  }

  override read(ids: readonly string[]): (number | undefined)[] {
    if (this.mode !== 'up') throw unavailable();
    return super.read(ids);
  }
}

const unavailable = (): CacheError => new CacheError('ERR_UNAVAILABLE', 'out of reach');

/** A demo's counting on a store that can be broken. */
function openCounting() {
  const { db } = database;
  const store = new FarStore();
  const counters = createCounters({ store, sink: new DownloadSink(db) });
  const photos = createPhotoCache<DemoValues>(createCache(), { downloads: counters });
  const counting = new DownloadCounting(db, { counters, photos });
  const countTimes = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i += 1) await counting.count(photoId);
  };
  const shown = async (): Promise<number | undefined> => (await counting.totals([photoId])).get(photoId);
  const storedAtTheEnd = async (): Promise<number | undefined> => {
    await counting.close();
    return (await findDownloads(db, [photoId])).get(photoId);
  };
  return { store, photos, counting, countTimes, shown, storedAtTheEnd };
}

describe('downloads while the store is away', () => {
  it.each(['down', 'lost-reply'] as const)('count once it is back, and once: %s', async (mode) => {
    const { store, photos, countTimes, shown, storedAtTheEnd } = openCounting();
    await countTimes(3);
    store.mode = mode;
    await countTimes(2);
    store.mode = 'up';
    await countTimes(4);
    await expect.poll(shown, { timeout: 10_000 }).toBe(9);
    expect(await photos.getDownloadCount(photoId)).toBe(9);
    expect(await storedAtTheEnd()).toBe(9);
  });

  it('show in the total at once', async () => {
    const { store, countTimes, shown, storedAtTheEnd } = openCounting();
    store.mode = 'down';
    await countTimes(3);
    expect(await shown()).toBe(3);
    expect(await storedAtTheEnd()).toBe(3);
  });

  it('are kept through a second outage, and one that lasts to the end', async () => {
    const { store, countTimes, storedAtTheEnd } = openCounting();
    await countTimes(3);
    for (const mode of ['down', 'up', 'down', 'up', 'down'] as const) {
      store.mode = mode;
      await countTimes(2);
    }
    expect(await storedAtTheEnd()).toBe(13);
  });

  it('are kept when many come at once, before and after', async () => {
    const { store, counting, storedAtTheEnd } = openCounting();
    const many = async (): Promise<void> => {
      await Promise.all(Array.from({ length: 10 }, () => counting.count(photoId)));
    };
    await many();
    store.mode = 'down';
    await many();
    store.mode = 'up';
    await many();
    expect(await storedAtTheEnd()).toBe(30);
  });

  it('go to the database where there are no counters', async () => {
    const counting = new DownloadCounting(database.db, undefined);
    await counting.count(photoId);
    expect(await counting.totals([photoId])).toEqual(new Map([[photoId, 1]]));
    await counting.close();
  });
});
