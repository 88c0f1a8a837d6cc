import { createCache } from '@keepsake/core';
import { FakeClock } from '@keepsake/core/testing';
import { createPhotoCache, type PhotoKind } from '@keepsake/entities';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeProcesses } from './caches.ts';
import { entriesOf, fill, invalidate, relationsOf, sizeOf, type World, worlds } from './worlds.ts';

describe('cascades', () => {
  it('reach in every process all that was made from the thing, whatever was told', async () => {
    await fc.assert(
      fc.asyncProperty(
        worlds,
        fc.constantFrom<PhotoKind>('album', 'photo', 'face', 'person'),
        fc.nat(99),
        fc.boolean(),
        fc.boolean(),
        async (world, kind, n, tellEntries, tellInvalidation) => {
          const clock = new FakeClock();
          const processes = makeProcesses(3, clock).map((cache) => createPhotoCache(cache, { clock }));
          const [first, second] = processes;
          if (!first || !second) throw new Error('no processes');
          await fill(first, world, tellEntries);
          const entries = entriesOf(world);
          for (const { name, read } of entries)
            expect([name, await read(first)]).not.toEqual([name, undefined]);
          const id = n % sizeOf(world, kind);
          await invalidate(second, kind, id, tellInvalidation ? relationsOf(world, kind, id) : undefined);
          clock.block(500);
          for (const photos of processes) {
            for (const { name, madeFrom, read } of entries) {
              if (madeFrom.has(`${kind}:${id}`))
                expect([name, await read(photos)]).toEqual([name, undefined]);
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('leave everything else alone when they are told', async () => {
    const world: World = { ownerOf: [0, 1], albumOf: [0, 0, 1], photoOf: [0, 1, 2], personOf: [0, 1, 2] };
    for (const kind of ['album', 'photo', 'face', 'person'] as const) {
      const clock = new FakeClock();
      const photos = createPhotoCache(createCache({ clock }), { clock });
      await fill(photos, world, true);
      await invalidate(photos, kind, 0, relationsOf(world, kind, 0));
      const gone: string[] = [];
      for (const { name, read } of entriesOf(world)) if ((await read(photos)) === undefined) gone.push(name);
      const survivors = [
        'user 1 albums',
        'album 1 details',
        'album 1 faces',
        'photo 2 details',
        'face 2 details',
      ];
      expect(gone.filter((name) => survivors.includes(name))).toEqual([]);
      expect(gone).toContain('search results');
    }
  });

  it('take one call with few tags, however many entries there are', async () => {
    const cache = createCache();
    const photos = createPhotoCache(cache);
    const calls: number[] = [];
    cache.on('tag.invalidated', ({ tags }) => calls.push(tags.length));
    for (let p = 0; p < 1_000; p += 1) await photos.cachePhotoDetails(p, 1, { albumId: 1 });
    await photos.invalidateAlbumCache(1);
    await photos.invalidateSearchCache();
    expect(calls).toHaveLength(2);
    expect(Math.max(...calls)).toBeLessThanOrEqual(12);
    expect((await photos.photo.details.getMany([0, 1, 999])).size).toBe(0);
  });

  it('drop a person id found by name with its album and with its person', async () => {
    const photos = createPhotoCache(createCache());
    const set = () => photos.person.idByName.set([1, 'Ada'], 'p1', { personId: 'p1' });
    await set();
    await photos.invalidatePersonCache('p1');
    expect(await photos.person.idByName.get([1, 'Ada'])).toBeUndefined();
    await set();
    await photos.invalidateAlbumCache(2);
    expect(await photos.person.idByName.get([1, 'Ada'])).toBe('p1');
    await photos.invalidateAlbumCache(1);
    expect(await photos.person.idByName.get([1, 'Ada'])).toBeUndefined();
  });

  it('drop what a user has, and of searches nothing else', async () => {
    const photos = createPhotoCache(createCache());
    await photos.cacheUserPermissions(1, ['admin']);
    await photos.cacheUserPermissions(2, ['reader']);
    await photos.cacheSimilarFaces(1, []);
    await photos.cacheSearchResults('q', []);
    await photos.invalidateUserCache(1);
    await photos.invalidateSearchCache();
    expect(await photos.getCachedUserPermissions(1)).toBeUndefined();
    expect(await photos.getCachedUserPermissions(2)).toEqual(['reader']);
    expect(await photos.getCachedSearchResults('q')).toBeUndefined();
    expect(await photos.getCachedSimilarFaces(1)).toEqual([]);
  });

  it('carry entries of the app that have a tag of the thing', async () => {
    const cache = createCache();
    const photos = createPhotoCache(cache);
    await cache.set('page:album:7', '<html>', { tags: [photos.tag('album', 7)] });
    await photos.invalidateAlbumCache(7);
    expect(await cache.get('page:album:7')).toBeUndefined();
  });
});
