import { randomUUID } from 'node:crypto';
import { type Cache, createCache } from '@keepsake/core';
import {
  createCounters,
  createPhotoCache,
  type Counters,
  type CounterSink,
  type PhotoCache,
} from '@keepsake/entities';
import { RedisCounterStore } from '@keepsake/entities/redis';
import { RedisBackend } from '@keepsake/redis';
import { testRedisUrl } from '@keepsake/tooling/servers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keysOf } from './caches.ts';
import { ordersOf, play, request, updateThrough } from './interleavings.ts';
import { ROWS } from './spec-rows.ts';

const prefix = `entities-${randomUUID()}:`;
const open = (l1: false | undefined): Cache => {
  const l2 = new RedisBackend({ url: testRedisUrl(), prefix, commandTimeout: 5 });
  // The machine that runs the tests may stand still for longer than the 250 ms that a store is given.
  return createCache({ l2, l2Timeout: '5s', ...(l1 === false && { l1 }) });
};

describe.each([
  { name: 'Redis', l1: false as const },
  { name: 'memory before Redis', l1: undefined },
])('the domain on $name', ({ l1 }) => {
  let cache: Cache;
  let other: Cache;
  let photos: PhotoCache;
  let elsewhere: PhotoCache;

  beforeAll(async () => {
    [cache, other] = [open(l1), open(l1)];
    await Promise.all([cache.connect({ timeout: '10s' }), other.connect({ timeout: '10s' })]);
  });
  beforeEach(async () => {
    await cache.clear();
    [photos, elsewhere] = [createPhotoCache(cache), createPhotoCache(other)];
  });
  afterAll(async () => {
    await cache.clear();
    await Promise.all([cache.close(), other.close()]);
  });

  it.each(ROWS)('$name lies at its key, with its TTL, and is seen by another process', async (row) => {
    const { key, ttl: [shortest, longest] } = row; // prettier-ignore
    expect(await row.set(photos, { a: 1 })).toBe(true);
    expect(await keysOf(cache)).toEqual([key]);
    const ttl = await cache.ttl(key);
    expect(ttl).toBeGreaterThan(shortest - 20);
    expect(ttl).toBeLessThanOrEqual(longest);
    expect(await row.get(elsewhere)).toEqual({ a: 1 });
  });

  it.each(ROWS.filter(({ ttl }) => ttl[0] !== ttl[1]))(
    '$name draws a TTL out of its range for each store, evenly',
    async ({ key, ttl: [shortest, longest], set }) => {
      const DRAWS = 20;
      for (let i = 0; i < DRAWS; i += 1) {
        expect(await set(createPhotoCache(cache, { random: () => i / DRAWS }), { a: 1 })).toBe(true);
        const drawn = shortest + ((longest - shortest) * i) / DRAWS;
        const ttl = await cache.ttl(key);
        expect(ttl).toBeGreaterThan(drawn - 20); // the machine may stand still meanwhile
        expect(ttl).toBeLessThanOrEqual(drawn + 0.01);
      }
    },
  );

  it.each([[0], [''], [false], [null], [[]]])('gives %j back as a hit', async (value) => {
    const id = randomUUID(); // the other process's copy of what was cleared may live for another 500 ms
    await photos.cacheUserSettings(id, value);
    expect(await photos.getCachedUserSettings(id)).toEqual(value);
    expect(await elsewhere.getCachedUserSettings(id)).toEqual(value);
  });

  it('keeps an embedding what it is', async () => {
    const embedding = Float32Array.from({ length: 512 }, (_, i) => i / 512);
    await photos.cacheFaceEmbedding('f1', embedding);
    expect(await elsewhere.getCachedFaceEmbedding('f1')).toEqual(embedding);
  });

  it('drops in one call what lies below an album, and nothing of another', async () => {
    await photos.cachePhotoDetails('p1', 1, { albumId: 'a1' });
    await photos.cachePhotoDetails('p2', 1, { albumId: 'a2' });
    await photos.cacheFaceDetails('f1', 1, { albumId: 'a1', photoId: 'p1', personId: [] });
    await photos.cachePhotoList('a1', [1], 'page 2');
    await photos.cacheSearchResults('q', [1]);
    expect(await elsewhere.invalidateAlbumCache('a1')).toMatchObject({ acknowledged: true });
    await new Promise((resolve) => setTimeout(resolve, l1 === false ? 0 : 600));
    expect(await photos.getCachedPhotoDetails('p1')).toBeUndefined();
    expect(await photos.getCachedFaceDetails('f1')).toBeUndefined();
    expect(await photos.getCachedPhotoList('a1', 'page 2')).toBeUndefined();
    expect(await photos.getCachedSearchResults('q')).toBeUndefined();
    expect(await photos.getCachedPhotoDetails('p2')).toBe(1);
  });

  it(
    'serves nothing older than the source, in orders of two requests and an update that writes through',
    { timeout: 60_000 },
    async () => {
      const cast = [request, request, updateThrough];
      const served = new Set<unknown>();
      let album = 0;
      // Every thirteenth order: the whole set runs on memory.
      for (const order of ordersOf(cast).filter((_, i) => i % 13 === 0)) {
        album += 1;
        const id = album;
        const subject = {
          get: () => photos.getCachedAlbumDetails(id),
          set: (value: unknown) => photos.cacheAlbumDetails(id, value),
          invalidate: () => photos.invalidateAlbumCache(id),
          look: () => cache.get(`album:${id}:details`),
        };
        const course = await play(order, cast, 2, subject);
        expect(course, order.join()).toMatchObject({ isEverStale: false, isStaleInTheEnd: false });
        served.add(course.served);
      }
      expect(served).toContain(1);
    },
  );

  it('refuses the old value when another process invalidates between get and set', async () => {
    expect(await photos.getCachedPhotoDetails('p')).toBeUndefined();
    await elsewhere.invalidatePhotoCache('p');
    expect(await photos.cachePhotoDetails('p', 'old')).toBe(false);
    expect(await elsewhere.getCachedPhotoDetails('p')).toBeUndefined();
  });

  it('counts downloads of several processes on top of what was persisted', async () => {
    const persisted = new Map([['p', 100]]);
    const sink: CounterSink = {
      load: async (ids) => ids.map((id) => ({ id, total: persisted.get(id) ?? 0, number: 0 })),
      apply: async (batches) => {
        for (const { id, amount } of batches) persisted.set(id, (persisted.get(id) ?? 0) + amount);
        return [];
      },
    };
    const counterPrefix = `${prefix}${randomUUID()}:`;
    const openCounters = (): Counters =>
      createCounters({
        store: new RedisCounterStore({ url: testRedisUrl(), prefix: counterPrefix, commandTimeout: 5 }),
        sink,
      });
    const counters = [openCounters(), openCounters()];
    const caches = [cache, other].map((one, at) =>
      createPhotoCache(one, { ...(counters[at] && { downloads: counters[at] }) }),
    );
    const totals = await Promise.all(
      Array.from({ length: 40 }, async (_, i) => caches[i % 2]?.incrementDownloadCount('p')),
    );
    expect(new Set(totals).size).toBe(40);
    expect(Math.max(...totals.map(Number))).toBe(140);
    expect(await caches[0]?.getDownloadCount('p')).toBe(140);
    expect(await caches[1]?.getDownloadCount('p')).toBe(140);
    await Promise.all(counters.map((one) => one.close()));
    expect(persisted.get('p')).toBe(140);
  });

  it('keeps ids apart', async () => {
    const ids = ['1', '1:profile', '*', '{1}', '1}', '\n', '👩‍👧', '%31', '1*'];
    for (const id of ids) await photos.cacheUserPermissions(id, `of ${id}`);
    for (const id of ids) expect(await elsewhere.getCachedUserPermissions(id)).toBe(`of ${id}`);
    await photos.invalidateUserCache('*');
    await cache.clear({ prefix: 'user:1*' });
    const left = await photos.user.permissions.getMany(ids);
    expect([...left.keys()]).toEqual(ids.filter((id) => id !== '*' && id !== '1*'));
  });
});
