/**
 * Every call while Redis is frozen, killed, slow or full: it settles in time, no promise is left to reject, and once Redis is
 * back nothing is served that an invalidation meanwhile was about.
 */
import { type Cache, createCache, isCacheError } from '@keepsake/core';
import { createPhotoCache, type PhotoCache } from '@keepsake/entities';
import { RedisBackend, RedisBus } from '@keepsake/redis';
import { type FaultProxy, type RedisServer, startFaultProxy, startRedis } from '@keepsake/tooling/servers';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';

interface Place {
  readonly server: RedisServer;
  readonly proxy: FaultProxy;
}

const setMemory = async ({ server }: Place, bytes: number): Promise<void> => {
  const client = new Redis(server.url);
  await client.config('SET', 'maxmemory', bytes);
  client.disconnect();
};

const FAULTS: readonly (readonly [string, (place: Place) => unknown, (place: Place) => unknown])[] = [
  ['frozen', ({ server }) => server.pause(), ({ server }) => server.resume()],
  ['killed', ({ server }) => server.kill(), ({ server }) => server.restart()],
  ['600 ms away', ({ proxy }) => proxy.delay(600), ({ proxy }) => proxy.delay(0)],
  ['full', (place) => setMemory(place, 1), (place) => setMemory(place, 0)],
];

/** Each call of the store may take 250 ms, five in a row before it is left alone; the machine may be slow. */
const IN_TIME_MS = 3 * 5 * 250;

const IDS = Array.from({ length: 300 }, (_, i) => `p${i}`);

describe.each(FAULTS)('while Redis is %s', (_, begin, end) => {
  const run = async (
    work: (world: {
      readonly place: Place;
      readonly here: PhotoCache;
      readonly elsewhere: PhotoCache;
      readonly row: { version: number };
      readonly load: (photos: PhotoCache, ids?: readonly string[]) => Promise<unknown[]>;
    }) => Promise<void>,
  ): Promise<void> => {
    const rejected: unknown[] = [];
    const note = (reason: unknown): void => void rejected.push(reason);
    process.on('unhandledRejection', note);
    await using server = await startRedis();
    await using proxy = await startFaultProxy(server.port);
    const { url } = proxy;
    const open = (): Cache => createCache({ l2: new RedisBackend({ url }), bus: new RedisBus({ url }) });
    const caches = [open(), open()] as const;
    await Promise.all(caches.map((cache) => cache.connect({ timeout: '10s' })));
    const row = { version: 1 };
    const load = async (photos: PhotoCache, ids: readonly string[] = IDS): Promise<unknown[]> => {
      const found = await photos.photo.details.getOrSetMany(ids, async (missing) => {
        await new Promise((resolve) => setTimeout(resolve, 20)); // a query
        return missing.map((id) => [id, row.version] as const);
      });
      expect(found.size).toBe(ids.length);
      return [...new Set(found.values())];
    };
    const [here, elsewhere] = [createPhotoCache(caches[0]), createPhotoCache(caches[1])];
    try {
      await work({ place: { server, proxy }, here, elsewhere, row, load });
    } finally {
      await Promise.all(caches.map((cache) => cache.close()));
      process.off('unhandledRejection', note);
    }
    expect(rejected).toEqual([]);
  };

  const inTime = async <T>(work: Promise<T>): Promise<T> => {
    const startedAt = performance.now();
    const result = await work;
    expect(performance.now() - startedAt).toBeLessThan(IN_TIME_MS);
    return result;
  };

  it('all goes on, and nothing old comes back after it', { timeout: 90_000 }, () =>
    run(async ({ place, here, elsewhere, row, load }) => {
      await load(here);
      await load(elsewhere);
      const during = inTime(
        load(
          here,
          IDS.map((id) => `new ${id}`),
        ),
      );
      await new Promise((resolve) => setTimeout(resolve, 10));
      await begin(place);
      expect(await during).toEqual([1]);
      row.version = 2;
      const { acknowledged } = await inTime(here.invalidateAlbumCache('a1')); // of no photo it is known that it is another's
      expect(await inTime(load(here))).toEqual([2]);
      expect(await inTime(here.getCachedPhotoDetails('p1'))).not.toBe(1);
      expect(typeof (await inTime(here.cachePhotoDetails('p1', 2)))).toBe('boolean');
      const warmed = await inTime(here.warmUserCaches(['u1'], { profile: () => 'Lena' }));
      expect(warmed).toMatchObject({ failures: 0 });
      const erased = await inTime(
        here.eraseUser('u1', { albumId: [] }).then(
          (erasure) => erasure.acknowledged,
          (error: unknown) => isCacheError(error) && error.code,
        ),
      );
      expect(acknowledged ? [true, false] : [false]).toContain(erased);
      await end(place);
      await expect
        .poll(() => here.eraseUser('u1', { albumId: [] }), { timeout: 20_000 })
        .toMatchObject({ acknowledged: true });
      await new Promise((resolve) => setTimeout(resolve, 600)); // Δ
      expect(await load(here)).toEqual([2]);
      expect(await load(elsewhere)).toEqual([2]);
    }),
  );
});
