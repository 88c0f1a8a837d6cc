import { createCache, MemoryBackend } from '@keepsake/core';
import { FaultyBackend } from '@keepsake/core/testing';
import { createPhotoCache } from '@keepsake/entities';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Database, openDatabase, type OpenDatabase } from '../src/database/open-database.ts';
import { ensureAlbum } from '../src/photos/album-queries.ts';
import { DownloadCounting } from '../src/photos/download-counting.ts';
import { DownloadCounts } from '../src/photos/download-counts.ts';
import { findDownloads, insertPhoto } from '../src/photos/photo-queries.ts';
import type { DemoValues } from '../src/photos/photo-values.ts';
import { RequestMeter } from '../src/request-meter.ts';
import { makeFolder, removeFolder } from './demo-fixture.ts';

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

async function newPhoto(db: Database): Promise<string> {
  const id = await insertPhoto(db, {
    albumId: await ensureAlbum(db, 'test', 'Test'),
    fileName: 'photo.jpg',
    contentHash: crypto.randomUUID(),
    mediaType: 'image/jpeg',
    bytes: 1,
    width: 1,
    height: 1,
    takenAt: null,
    sourcePath: '/nowhere',
  });
  if (id === undefined) throw new Error('a random hash was there already');
  return id;
}

/** A demo's counting on a store that can be broken. */
function openCounting() {
  const store = new FaultyBackend(new MemoryBackend(), { shared: true });
  const cache = createCache({ l2: store, l2Timeout: 0.05 });
  const counts = new DownloadCounts(database.db);
  const photos = createPhotoCache<DemoValues>(cache, { downloads: counts });
  const counting = new DownloadCounting(counts, { cache, photos });
  const countTimes = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i += 1) await counting.count(photoId);
  };
  const stored = async (): Promise<number | undefined> => {
    await counts.flush();
    return (await findDownloads(database.db, [photoId])).get(photoId);
  };
  return { store, photos, counts, counting, countTimes, stored };
}

describe('downloads while the store is away', () => {
  it.each(['down', 'lost-reply'] as const)('are kept once it is back: %s', async (mode) => {
    const { store, photos, countTimes, stored } = openCounting();
    await countTimes(3);
    store.mode = mode;
    await countTimes(2);
    store.mode = 'up';
    await countTimes(4);
    expect(await photos.getDownloadCount(photoId)).toBe(9);
    expect(await stored()).toBe(9);
  });

  it('stand on top of a total that the database was not told yet', async () => {
    const { store, counts, countTimes } = openCounting();
    await countTimes(3);
    store.mode = 'down';
    await countTimes(1);
    expect(await counts.load(photoId)).toBe(4);
  });

  it('are kept through a second outage that begins before the counter was made level', async () => {
    const { store, countTimes, stored } = openCounting();
    await countTimes(3);
    for (const mode of ['down', 'up', 'down', 'up'] as const) {
      store.mode = mode;
      await countTimes(2);
    }
    expect(await stored()).toBe(11);
  });

  it('are kept when many come at once, before and after', async () => {
    const { store, counting, stored } = openCounting();
    const many = async (): Promise<void> => {
      await Promise.all(Array.from({ length: 10 }, () => counting.count(photoId)));
    };
    await many();
    store.mode = 'down';
    await many();
    store.mode = 'up';
    await many();
    expect(await stored()).toBe(30);
  });
});
