/** Small worlds of albums, photos, faces and people, and what is cached of them. */
import type { Invalidation } from '@keepsake/core';
import type { PhotoCache, PhotoKind } from '@keepsake/entities';
import fc from 'fast-check';

type Read = (photos: PhotoCache) => Promise<unknown>;

/** Loads on a miss. `isTold`: it is said what the entry belongs to. */
type Load = (photos: PhotoCache, loader: () => Promise<number>, isTold: boolean) => Promise<unknown>;

export interface WorldEntry {
  readonly name: string;
  /** The things that it is made from. */
  readonly madeFrom: ReadonlySet<string>;
  readonly read: Read;
  readonly load: Load;
}

/** A small world: face i is on photo `photoOf[i]` and of person `personOf[i]`, and so on. */
export interface World {
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
export const entriesOf = (world: World): WorldEntry[] => {
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
  const entry = (name: string, madeFrom: readonly string[], read: Read, load: Load): WorldEntry => ({
    name,
    madeFrom: new Set(madeFrom),
    read,
    load,
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
        (c, load) => c.user.albums.getOrSet(u, load),
      );
    }),
    ...index(ownerOf).flatMap((a) => [
      entry(
        `album ${a} details`,
        ofAlbum(a, true, false),
        (c) => c.getCachedAlbumDetails(a),
        (c, load) => c.album.details.getOrSet(a, load),
      ),
      entry(
        `album ${a} photos`,
        ofAlbum(a, true, false),
        (c) => c.getCachedPhotoList(a),
        (c, load) => c.album.photos.getOrSet(a, load),
      ),
      entry(
        `album ${a} photos 2`,
        ofAlbum(a, true, false),
        (c) => c.getCachedPhotoList(a, 2),
        (c, load) => c.album.photos.getOrSet(a, load, { variant: 2 }),
      ),
      entry(
        `album ${a} summary`,
        ofAlbum(a, true, true),
        (c) => c.getCachedAlbumSummary(a),
        (c, load) => c.album.summary.getOrSet(a, load),
      ),
      entry(
        `album ${a} faces`,
        [...ofAlbum(a, true, true), ...people(facesIn(a))],
        (c) => c.getCachedFaceList(a),
        (c, load) => c.album.faces.getOrSet(a, load),
      ),
      entry(
        `album ${a} clusters`,
        [...ofAlbum(a, true, true), ...people(facesIn(a))],
        (c) => c.getCachedAlbumClusters(a),
        (c, load) => c.album.clusters.getOrSet(a, load),
      ),
    ]),
    ...index(albumOf).flatMap((p) => {
      const faces = facesWhere((f) => at(photoOf, f) === p);
      const own = [`photo:${p}`, `album:${at(albumOf, p)}`];
      return [
        entry(
          `photo ${p} details`,
          [...own, ...faces.flatMap(faceThings), ...people(faces)],
          (c) => c.getCachedPhotoDetails(p),
          (c, load, isTold) => c.photo.details.getOrSet(p, load, isTold ? { albumId: at(albumOf, p) } : {}),
        ),
        entry(
          `photo ${p} status`,
          own,
          (c) => c.getCachedPhotoStatus(p),
          (c, load, isTold) => c.photo.status.getOrSet(p, load, isTold ? { albumId: at(albumOf, p) } : {}),
        ),
      ];
    }),
    ...index(photoOf).flatMap((f) => {
      const of = { photoId: at(photoOf, f), albumId: at(albumOf, at(photoOf, f)) };
      return [
        entry(
          `face ${f} details`,
          [...faceThings(f), ...people([f])],
          (c) => c.getCachedFaceDetails(f),
          (c, load, isTold) =>
            c.face.details.getOrSet(f, (context) => {
              if (isTold) context.relate({ ...of, personId: at(personOf, f) });
              return load();
            }),
        ),
        entry(
          `face ${f} embedding`,
          faceThings(f),
          (c) => c.getCachedFaceEmbedding(f),
          // A part takes any value at run time, and a number is easier to judge.
          (c, load, isTold) => c.face.embedding.getOrSet(f, load as () => Promise<never>, isTold ? of : {}),
        ),
        entry(
          `face ${f} similar`,
          [...index(photoOf).flatMap(faceThings), ...people(index(photoOf))],
          (c) => c.getCachedSimilarFaces(f),
          (c, load, isTold) => c.face.similar.getOrSet(f, load, isTold ? of : {}),
        ),
      ];
    }),
    ...Array.from({ length: PEOPLE }, (_, q) => {
      const faces = facesWhere((f) => at(personOf, f) === q);
      return entry(
        `person ${q} details`,
        [`person:${q}`, ...faces.flatMap(faceThings)],
        (c) => c.getCachedPersonDetails(q),
        (c, load) => c.person.details.getOrSet(q, load),
      );
    }),
    ...index(ownerOf).flatMap((a) =>
      Array.from({ length: PEOPLE }, (_, q) =>
        entry(
          `id of person ${q} by name in album ${a}`,
          [`person:${q}`, `album:${a}`],
          (c) => c.person.idByName.get([a, `name ${q}`]),
          (c, load, isTold) =>
            c.person.idByName.getOrSet([a, `name ${q}`], load, isTold ? { personId: q } : {}),
        ),
      ),
    ),
    entry(
      'search results',
      everything,
      (c) => c.getCachedSearchResults('q'),
      (c, load) => c.search.results.getOrSet('q', load),
    ),
    entry(
      'search suggestions',
      everything,
      (c) => c.getCachedSearchSuggestions('q'),
      (c, load) => c.search.suggestions.getOrSet('q', load),
    ),
  ];
};

/** Fills every entry, telling what it belongs to or not. */
export const fill = async (photos: PhotoCache, world: World, tell: boolean): Promise<void> => {
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
  for (let q = 0; q < PEOPLE; q += 1) {
    await photos.cachePersonDetails(q, 1);
    for (const a of index(ownerOf)) {
      await photos.person.idByName.set([a, `name ${q}`], 1, tell ? { personId: q } : {});
    }
  }
  await photos.cacheSearchResults('q', 1);
  await photos.cacheSearchSuggestions('q', 1);
};

/** Everything that is true of a thing, to be told or not. */
export interface Told {
  readonly userId: readonly number[];
  readonly albumId: readonly number[];
  readonly photoId: readonly number[];
  readonly personId: readonly number[];
}

export const relationsOf = (world: World, kind: PhotoKind, id: number): Told => {
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

export const invalidate = async (
  photos: PhotoCache,
  kind: PhotoKind,
  id: number,
  of?: Told,
): Promise<Invalidation> => {
  if (kind === 'album') return photos.invalidateAlbumCache(id, of);
  if (kind === 'photo') return photos.invalidatePhotoCache(id, of);
  if (kind === 'face') return photos.invalidateFaceCache(id, of);
  return photos.invalidatePersonCache(id, of);
};

export const worlds: fc.Arbitrary<World> = fc
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

export const sizeOf = (world: World, kind: PhotoKind): number =>
  ({ album: world.ownerOf, photo: world.albumOf, face: world.photoOf })[kind as 'album']?.length ?? PEOPLE;
