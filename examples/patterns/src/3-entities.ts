/** Pattern 3: helpers for the things that everybody caches. */
import assert from 'node:assert/strict';
import { createPhotoCache } from '@keepsake/entities';
import { openCache } from './cache.ts';
import { Table } from './database.ts';

interface Album {
  readonly id: string;
  readonly title: string;
}

const cache = await openCache('pattern-3');
const photos = createPhotoCache<{ album: { details: Album; faces: string[] } }>(cache);
const { cacheAlbumDetails, getCachedAlbumDetails, invalidateAlbumCache } = photos;
const { cacheFaceList, getCachedFaceList } = photos;
const albums = new Table<Album>([{ id: '7', title: 'Summer' }]);

const getAlbumWithCache = async (albumId: string): Promise<Album | undefined> => {
  const cachedAlbum = await getCachedAlbumDetails(albumId);
  if (cachedAlbum) return cachedAlbum;

  const album = await albums.find(albumId);
  // Refused if the album was invalidated since the miss: an old row never overwrites a newer state.
  if (album) await cacheAlbumDetails(albumId, album);
  return album;
};

const updateAlbum = async (album: Album): Promise<void> => {
  await albums.save(album);
  await invalidateAlbumCache(album.id); // its details, faces, photos, and every search that may show it
};

await getAlbumWithCache('7');
await getAlbumWithCache('7');
assert.equal(albums.queries, 1);

await cacheFaceList('7', ['Ada', 'Bob'], { ttl: '10m' });
await updateAlbum({ id: '7', title: 'Autumn' });
assert.equal(await getCachedFaceList('7'), undefined);
assert.equal((await getAlbumWithCache('7'))?.title, 'Autumn');

// Shorter, and callers at once share one query:
const album = await photos.album.details.getOrSet(
  '7',
  async () => (await albums.find('7')) ?? { id: '7', title: '' },
);
assert.equal(album.title, 'Autumn');

console.log('pattern 3: helpers for entities, ok');
await cache.close();
