/** Erasure where a store does not say which keys it holds, and loads that began before it. */
import { randomUUID } from 'node:crypto';
import { type Cache, createCache, isCacheError, MemoryBackend } from '@keepsake/core';
import { FakeClock, FaultyBackend } from '@keepsake/core/testing';
import { createPhotoCache, ErasureError, type PhotoCache } from '@keepsake/entities';
import { RedisBackend, RedisBus } from '@keepsake/redis';
import { startRedis } from '@keepsake/tooling/servers';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { keysOf } from './caches.ts';

const SECRET = 'the secret of Ada';

/** A store that stops listing its keys after so many of them, and serves everything else. */
class MuteBackend extends FaultyBackend {
  listed = Infinity;
  walks = 0;

  override async *keys(pattern: string): AsyncIterable<string> {
    this.walks += 1;
    let left = this.listed;
    for await (const key of super.keys(pattern)) {
      if (left <= 0) break;
      left -= 1;
      yield key;
    }
    if (this.listed !== Infinity) await new Promise(() => undefined);
  }
}

describe('erasure of a user in a store that does not list its keys', () => {
  const open = async (users: number) => {
    const clock = new FakeClock();
    const l2 = new MuteBackend(new MemoryBackend({ clock }), { clock });
    const cache = createCache({ clock, l2 });
    const photos = createPhotoCache(cache, { clock });
    for (let i = 0; i < users; i += 1) await photos.cacheUserProfile(`u${i}`, SECRET);
    return { clock, l2, cache, photos };
  };

  const failureOf = async (clock: FakeClock, work: Promise<unknown>): Promise<ErasureError> => {
    let isOver = false;
    const error = work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    void error.then(() => (isOver = true));
    for (let seconds = 0; !isOver && seconds < 60; seconds += 1) await clock.advance(1_000);
    expect(isOver).toBe(true);
    const failure = await error;
    if (!(failure instanceof ErasureError)) throw new Error(`no ErasureError: ${String(failure)}`);
    return failure;
  };

  it('says so within its deadline, and has cut the user off all the same', async () => {
    const { clock, l2, cache, photos } = await open(3);
    l2.listed = 0;
    const startedAt = clock.now();
    const failure = await failureOf(clock, photos.eraseUser('u1', { albumId: [] }));
    expect(clock.now() - startedAt).toBeLessThanOrEqual(11_000);
    expect(isCacheError(failure) && failure.code).toBe('ERR_TIMEOUT');
    expect(failure).toMatchObject({
      isCutOff: true,
      erasure: { entries: 0, acknowledged: false, tiers: ['l1', 'l2'] },
    });
    expect(failure.erasure.tags).toContain('user:u1');
    expect(failure.message).toMatch(/0 entries were deleted, \d+ tags were invalidated/);
    expect(l2.walks).toBe(1); // a second one would wait as long for nothing
    l2.listed = Infinity;
    expect(await photos.eraseUser('u1', { albumId: [] })).toMatchObject({ acknowledged: true });
    expect(await keysOf(cache)).toEqual(['user:u0:profile', 'user:u2:profile']);
  });

  it('tells how many were deleted until then', async () => {
    const { clock, l2, photos } = await open(0);
    for (let i = 0; i < 700; i += 1) await photos.cachePhotoDetails(i, SECRET, { albumId: 'a1' });
    l2.listed = 600;
    const failure = await failureOf(clock, photos.eraseUser('u1', { albumId: 'a1' }, { timeout: '2s' }));
    expect(failure.erasure.entries).toBe(500);
    expect((await photos.photo.details.getMany(Array.from({ length: 700 }, (_, i) => i))).size).toBe(0);
  });

  it('that does not take removals either says that the user is not cut off yet', async () => {
    const { clock, l2, photos } = await open(2);
    l2.mode = 'frozen';
    const failure = await failureOf(clock, photos.eraseUser('u1', { albumId: [] }));
    expect(failure.isCutOff).toBe(false);
    expect(failure.message).toMatch(/will be invalidated/);
    l2.mode = 'up';
    await clock.advance(5_000);
    expect(await photos.getCachedUserProfile('u1')).toBeUndefined();
  });

  it('leaves no timer behind where all goes well', async () => {
    const { clock, cache, photos } = await open(2);
    const before = clock.timers;
    expect(await photos.eraseUser('u1', { albumId: [] })).toMatchObject({ acknowledged: true });
    expect(clock.timers).toBeLessThanOrEqual(before);
    expect(await keysOf(cache)).toEqual(['user:u0:profile']);
  });
});

describe('what an erasure is told', () => {
  it('is refused where it is a slip, which would have erased all albums', async () => {
    const photos = createPhotoCache(createCache());
    await photos.cacheAlbumDetails('a2', 1);
    const refused = { code: 'ERR_OPTION' };
    await expect(photos.eraseUser('u1', { albumID: ['a1'] } as object)).rejects.toMatchObject(refused);
    await expect(photos.erasePerson('p1', { faces: ['f1'] } as object)).rejects.toMatchObject(refused);
    await expect(photos.eraseUser('u1', {}, { timeuot: 5 } as object)).rejects.toMatchObject(refused);
    await expect(photos.eraseUser('u1', {}, { timeout: 0 })).rejects.toMatchObject({ code: 'ERR_TTL' });
    await expect(photos.invalidatePhotoCache('p1', { albumID: 'a1' } as object)).rejects.toMatchObject(
      refused,
    );
    expect(await photos.getCachedAlbumDetails('a2')).toBe(1);
  });
});

/** Something that is waited for, and comes when it is told to. */
const gate = (): { open: () => void; isOpen: Promise<void> } => {
  let open = (): void => undefined;
  const isOpen = new Promise<void>((resolve) => (open = resolve));
  return { open, isOpen };
};

/** Ways to fill the cache by a query that takes a while: what they store was read before the erasure. */
const FILLS: Readonly<
  Record<string, (photos: PhotoCache, query: () => Promise<string>) => Promise<unknown>>
> = {
  getOrSet: (photos, query) => photos.user.profile.getOrSet('u1', query),
  'getOrSet of an album that is related late': (photos, query) =>
    photos.photo.details.getOrSet('p1', async (context) => {
      const row = await query();
      context.relate({ albumId: 'a1' });
      return row;
    }),
  getOrSetMany: (photos, query) =>
    photos.user.settings.getOrSetMany(['u1', 'u2'], async (ids) => {
      const row = await query();
      return ids.map((id) => [id, id === 'u1' ? row : 'of another'] as const);
    }),
  'get, query, set': async (photos, query) => {
    await photos.getCachedUserPermissions('u1');
    await photos.cacheUserPermissions('u1', await query());
  },
  warming: (photos, query) => photos.warmUserCaches(['u1'], { profile: query, albums: query }),
  search: (photos, query) => photos.search.results.getOrSet({ userId: 'u1' }, query),
};

const eraseDuring = async (
  reader: Cache,
  eraser: Cache,
  fill: (photos: PhotoCache, query: () => Promise<string>) => Promise<unknown>,
): Promise<void> => {
  const [isQueried, isErased] = [gate(), gate()];
  const filling = fill(createPhotoCache(reader), async () => {
    isQueried.open();
    await isErased.isOpen;
    return SECRET;
  });
  await isQueried.isOpen;
  await createPhotoCache(eraser).eraseUser('u1', { albumId: 'a1' });
  isErased.open();
  await filling;
};

describe('erased data that a load brings back which began before', () => {
  it.each(Object.entries(FILLS))('is not stored in memory by %s', async (_, fill) => {
    const cache = createCache();
    await eraseDuring(cache, cache, fill);
    const values = await Promise.all((await keysOf(cache)).map((key) => cache.get(key)));
    expect(values).not.toContain(SECRET);
  });

  it('is not stored in Redis either, by another process', { timeout: 60_000 }, async () => {
    await using server = await startRedis();
    const { url } = server;
    const open = (): Cache =>
      createCache({
        l2: new RedisBackend({ url, commandTimeout: 5 }),
        bus: new RedisBus({ url }),
        l2Timeout: '5s',
      });
    const caches = [open(), open()] as const;
    const client = new Redis(url);
    const texts = async (): Promise<string> => {
      const keys = await client.keys('*');
      return (await Promise.all(keys.map(async (key) => (await client.dump(key)) ?? ''))).join();
    };
    await Promise.all(caches.map((cache) => cache.connect({ timeout: '10s' })));
    for (const [name, fill] of Object.entries(FILLS)) {
      const namespace = randomUUID();
      await eraseDuring(caches[0].namespace(namespace), caches[1].namespace(namespace), fill);
      expect([name, (await texts()).includes(SECRET)]).toEqual([name, false]);
    }
    // The look into Redis is no blind one.
    await createPhotoCache(caches[0]).cacheUserProfile('u1', SECRET);
    expect(await texts()).toContain(SECRET);
    await Promise.all(caches.map((cache) => cache.close()));
    client.disconnect();
  });
});
