import { createCache } from '@keepsake/core';
import { FakeClock } from '@keepsake/core/testing';
import { createPhotoCache, type PhotoCache, type PhotoKind } from '@keepsake/entities';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeProcesses } from './caches.ts';

type Read = (photos: PhotoCache) => Promise<unknown>;

/** A small world: face i is on photo `photoOf[i]` and of person `personOf[i]`, and so on. */
interface World {
  readonly ownerOf: readonly number[];
  readonly albumOf: readonly number[];
  readonly photoOf: readonly number[];
  readonly personOf: readonly number[];
}

const PEOPLE = 3;
const USERS = 2;
const index = <T>(list: readonly T[]): number[] => list.map((_, i) => i);
const at = (list: readonly number[], i: number): number => list[i] ?? NaN;

/** Every entry of the world with the things that it was made from, said without any tag. */
const entriesOf = (world: World): { name: string; madeFrom: Set<string>; read: Read }[] => {
  const { ownerOf, albumOf, photoOf, personOf } = world;
  const faceThings = (f: number): string[] => {
    const photo = at(photoOf, f);
    return [`face:${f}`, `photo:${photo}`, `album:${at(albumOf, photo)}`];
  };
  const facesWhere = (holds: (f: number) => boolean): number[] => index(photoOf).filter(holds);
  const photosIn = (album: number): number[] => index(albumOf).filter((p) => at(albumOf, p) === album);
  const facesIn = (album: number): number[] => facesWhere((f) => at(albumOf, at(photoOf, f)) === album);
  const people = (faces: readonly number[]): string[] => faces.map((f) => `person:${at(personOf, f)}`);
  const everything = [
    ...index(ownerOf).map((a) => `album:${a}`),
    ...index(albumOf).map((p) => `photo:${p}`),
    ...index(photoOf).map((f) => `face:${f}`),
    ...people(index(photoOf)),
  ];
  const entry = (name: string, madeFrom: readonly string[], read: Read) => ({
    name,
    madeFrom: new Set(madeFrom),
    read,
  });
  const ofAlbum = (a: number, photos: boolean, faces: boolean): string[] => [
    `album:${a}`,
    ...(photos ? photosIn(a).map((p) => `photo:${p}`) : []),
    ...(faces ? facesIn(a).flatMap(faceThings) : []),
  ];
  return [
    ...Array.from({ length: USERS }, (_, u) => {
      const albums = index(ownerOf).filter((a) => at(ownerOf, a) === u);
      return entry(
        `user ${u} albums`,
        [`user:${u}`, ...albums.flatMap((a) => ofAlbum(a, true, false))],
        (c) => c.getCachedUserAlbums(u),
      );
    }),
    ...index(ownerOf).flatMap((a) => [
      entry(`album ${a} details`, ofAlbum(a, true, false), (c) => c.getCachedAlbumDetails(a)),
      entry(`album ${a} photos`, ofAlbum(a, true, false), (c) => c.getCachedPhotoList(a)),
      entry(`album ${a} photos 2`, ofAlbum(a, true, false), (c) => c.getCachedPhotoList(a, 2)),
      entry(`album ${a} summary`, ofAlbum(a, true, true), (c) => c.getCachedAlbumSummary(a)),
      entry(`album ${a} faces`, [...ofAlbum(a, true, true), ...people(facesIn(a))], (c) =>
        c.getCachedFaceList(a),
      ),
      entry(`album ${a} clusters`, [...ofAlbum(a, true, true), ...people(facesIn(a))], (c) =>
        c.getCachedAlbumClusters(a),
      ),
    ]),
    ...index(albumOf).flatMap((p) => {
      const faces = facesWhere((f) => at(photoOf, f) === p);
      const own = [`photo:${p}`, `album:${at(albumOf, p)}`];
      return [
        entry(`photo ${p} details`, [...own, ...faces.flatMap(faceThings), ...people(faces)], (c) =>
          c.getCachedPhotoDetails(p),
        ),
        entry(`photo ${p} status`, own, (c) => c.getCachedPhotoStatus(p)),
      ];
    }),
    ...index(photoOf).flatMap((f) => [
      entry(`face ${f} details`, [...faceThings(f), ...people([f])], (c) => c.getCachedFaceDetails(f)),
      entry(`face ${f} embedding`, faceThings(f), (c) => c.getCachedFaceEmbedding(f)),
      entry(`face ${f} similar`, [...index(photoOf).flatMap(faceThings), ...people(index(photoOf))], (c) =>
        c.getCachedSimilarFaces(f),
      ),
    ]),
    ...Array.from({ length: PEOPLE }, (_, q) => {
      const faces = facesWhere((f) => at(personOf, f) === q);
      return entry(`person ${q} details`, [`person:${q}`, ...faces.flatMap(faceThings)], (c) =>
        c.getCachedPersonDetails(q),
      );
    }),
    entry('search results', everything, (c) => c.getCachedSearchResults('q')),
    entry('search suggestions', everything, (c) => c.getCachedSearchSuggestions('q')),
  ];
};

/** Fills every entry, telling what it belongs to or not. */
const fill = async (photos: PhotoCache, world: World, tell: boolean): Promise<void> => {
  const { ownerOf, albumOf, photoOf, personOf } = world;
  for (let u = 0; u < USERS; u += 1) await photos.cacheUserAlbums(u, 1);
  for (const a of index(ownerOf)) {
    await photos.cacheAlbumDetails(a, 1);
    await photos.cachePhotoList(a, 1);
    await photos.cachePhotoList(a, 1, 2);
    await photos.cacheAlbumSummary(a, 1);
    await photos.cacheFaceList(a, 1);
    await photos.cacheAlbumClusters(a, 1);
  }
  for (const p of index(albumOf)) {
    const of = tell ? { albumId: at(albumOf, p) } : {};
    await photos.cachePhotoDetails(p, 1, of);
    await photos.photo.status.getOrSet(p, () => 1, of);
  }
  for (const f of index(photoOf)) {
    const photoId = at(photoOf, f);
    const of = tell ? { photoId, albumId: at(albumOf, photoId) } : {};
    await photos.face.details.getOrSet(f, (context) => {
      if (tell) context.relate({ ...of, personId: at(personOf, f) });
      return 1;
    });
    await photos.face.embedding.getOrSetMany([f], async ([id = f], context) => {
      context.relate(id, of);
      return [[id, new Float32Array(1)]];
    });
    await photos.cacheSimilarFaces(f, 1, of);
  }
  for (let q = 0; q < PEOPLE; q += 1) await photos.cachePersonDetails(q, 1);
  await photos.cacheSearchResults('q', 1);
  await photos.cacheSearchSuggestions('q', 1);
};

/** Everything that is true of a thing, to be told or not. */
const relationsOf = (world: World, kind: PhotoKind, id: number) => {
  const { ownerOf, albumOf, photoOf, personOf } = world;
  const faces = index(photoOf).filter((f) => {
    if (kind === 'face') return f === id;
    if (kind === 'person') return at(personOf, f) === id;
    const photo = at(photoOf, f);
    return kind === 'photo' ? photo === id : at(albumOf, photo) === id;
  });
  const photos = kind === 'photo' ? [id] : faces.map((f) => at(photoOf, f));
  const albums = kind === 'album' ? [id] : photos.map((p) => at(albumOf, p));
  return {
    userId: albums.map((a) => at(ownerOf, a)),
    albumId: albums,
    photoId: photos,
    personId: faces.map((f) => at(personOf, f)),
  };
};

const invalidate = async (
  photos: PhotoCache,
  kind: PhotoKind,
  id: number,
  of?: ReturnType<typeof relationsOf>,
) => {
  if (kind === 'album') return photos.invalidateAlbumCache(id, of);
  if (kind === 'photo') return photos.invalidatePhotoCache(id, of);
  if (kind === 'face') return photos.invalidateFaceCache(id, of);
  return photos.invalidatePersonCache(id, of);
};

const worlds = fc
  .record({
    ownerOf: fc.array(fc.nat(USERS - 1), { minLength: 1, maxLength: 3 }),
    photos: fc.array(fc.nat(99), { minLength: 1, maxLength: 5 }),
    faces: fc.array(fc.tuple(fc.nat(99), fc.nat(PEOPLE - 1)), { minLength: 1, maxLength: 6 }),
  })
  .map(({ ownerOf, photos, faces }) => ({
    ownerOf,
    albumOf: photos.map((n) => n % ownerOf.length),
    photoOf: faces.map(([n]) => n % photos.length),
    personOf: faces.map(([, person]) => person),
  }));

const sizeOf = (world: World, kind: PhotoKind): number =>
  ({ album: world.ownerOf, photo: world.albumOf, face: world.photoOf })[kind as 'album']?.length ?? PEOPLE;

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
