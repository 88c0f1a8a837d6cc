import { randomUUID } from 'node:crypto';
import { type Cache, createCache } from '@keepsake/core';
import { type PendingRemoval, transactional } from '@keepsake/core/transactions';
import { createPhotoCache } from '@keepsake/entities';
import { RedisBackend, RedisBus } from '@keepsake/redis';
import { testRedisUrl } from '@keepsake/tooling/servers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const STALENESS_MS = 500;
const prefix = `transactions-${randomUUID()}:`;

const open = (): Cache =>
  createCache({
    l2: new RedisBackend({ url: testRedisUrl(), prefix, commandTimeout: 5 }),
    bus: new RedisBus({ url: testRedisUrl(), channel: `${prefix}~bus` }),
    l2Timeout: '5s',
  });

/** Something that is waited for, and comes when it is told to. */
const gate = (): { open: () => void; isOpen: Promise<void> } => {
  let open = (): void => undefined;
  const isOpen = new Promise<void>((resolve) => (open = resolve));
  return { open, isOpen };
};

describe('a transaction over two processes on Redis', () => {
  let caches: Cache[];
  const row = { committed: 'old', written: 'old' };

  beforeAll(async () => {
    caches = [open(), open()];
    await Promise.all(caches.map((cache) => cache.connect({ timeout: '10s' })));
  });
  beforeEach(async () => {
    await caches[0]?.clear();
    Object.assign(row, { committed: 'old', written: 'old' });
  });
  afterAll(async () => {
    await caches[0]?.clear();
    await Promise.all(caches.map((cache) => cache.close()));
  });

  /** A reader of the other process misses before the commit, reads the old row, and fills after the commit. */
  const race = async (isNaive: boolean): Promise<unknown> => {
    const [writer = open(), reader = open()] = caches;
    const { cache, afterCommit } = transactional(writer);
    const [here, elsewhere] = [createPhotoCache(isNaive ? writer : cache), createPhotoCache(reader)];
    const id = randomUUID();
    const [isRead, isCommitted] = [gate(), gate()];
    let reading: Promise<unknown> = Promise.resolve();
    await afterCommit(async () => {
      row.written = 'new';
      await here.invalidatePhotoCache(id);
      reading = elsewhere.photo.details.getOrSet(id, async () => {
        const seen = row.committed;
        isRead.open();
        await isCommitted.isOpen;
        return seen;
      });
      await isRead.isOpen;
      row.committed = row.written;
    });
    isCommitted.open();
    await reading;
    await new Promise((resolve) => setTimeout(resolve, STALENESS_MS));
    return elsewhere.photo.details.getOrSet(id, () => row.committed);
  };

  it('leaves nothing behind that was read before its commit', async () => {
    expect(await race(false)).toBe('new');
  });

  it('is tested by a race that an invalidation before the commit loses', async () => {
    expect(await race(true)).toBe('old');
  });

  it('that is rolled back, after get, query and set inside it, has stored and dropped nothing', async () => {
    const { cache, afterCommit } = transactional(caches[0] ?? open());
    const photos = createPhotoCache(cache);
    const [kept, read] = [randomUUID(), randomUUID()];
    await photos.cacheAlbumDetails(kept, 'committed');
    const work = async (): Promise<void> => {
      await photos.invalidateAlbumCache(kept);
      await photos.getCachedAlbumDetails(read);
      await photos.cacheAlbumDetails(read, 'not committed');
      await photos.album.summary.getOrSetMany([read], async () => [[read, 'not committed']]);
      throw new Error('rolled back');
    };
    await expect(afterCommit(work)).rejects.toThrow('rolled back');
    expect(await photos.album.details.get(kept)).toBe('committed');
    expect(await caches[1]?.get(photos.album.details.key(read))).toBeUndefined();
    expect(await caches[1]?.get(photos.album.summary.key(read))).toBeUndefined();
  });

  it('whose process died is carried out by a job in another, from an outbox', async () => {
    const { cache, afterCommit } = transactional(caches[0] ?? open());
    const job = transactional(caches[1] ?? open());
    const photos = createPhotoCache(cache);
    const id = randomUUID();
    await photos.cachePhotoDetails(id, 'old');
    let outbox = '';
    const died = afterCommit(async (commit) => {
      await photos.invalidatePhotoCache(id);
      outbox = JSON.stringify(commit.removals());
      throw new Error('as if the process had died right after the commit');
    });
    await expect(died).rejects.toThrow('died');
    expect(await photos.getCachedPhotoDetails(id)).toBe('old');
    const { acknowledged } = await job.carryOut(JSON.parse(outbox) as PendingRemoval[]);
    expect(acknowledged).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, STALENESS_MS));
    expect(await photos.getCachedPhotoDetails(id)).toBeUndefined();
  });
});
