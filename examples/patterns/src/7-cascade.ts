/** Pattern 7: one change drops all that was made from it, once it has been committed. */
import assert from 'node:assert/strict';
import { transactional } from '@keepsake/core/transactions';
import { createPhotoCache } from '@keepsake/entities';
import { openCache } from './cache.ts';
import { Table } from './database.ts';

const { cache, afterCommit } = transactional(await openCache('pattern-7'));
const photos = createPhotoCache(cache);
const albums = new Table([{ id: 'a1' }, { id: 'a2' }]);
const photoRows = new Table([{ id: 'p1' }, { id: 'p2' }]);

/** Stands for the database's own: all that was written is undone if the work throws. */
const transaction = async (work: () => Promise<void>): Promise<void> => {
  const [oldAlbums, oldPhotos] = [await albums.where(() => true), await photoRows.where(() => true)];
  try {
    await work();
  } catch (error) {
    for (const row of oldAlbums) await albums.save(row);
    for (const row of oldPhotos) await photoRows.save(row);
    throw error;
  }
};

const deleteAlbum = (albumId: string, check: () => void = () => undefined): Promise<void> =>
  afterCommit(() =>
    transaction(async () => {
      await photoRows.delete('p1');
      await albums.delete(albumId);
      check();
      // Its photos and their faces, lists, searches, people's pages: no loop over them.
      await photos.invalidateAlbumCache(albumId);
    }),
  );

const fill = async (): Promise<void> => {
  await photos.cacheAlbumDetails('a1', { title: 'Summer' });
  await photos.cachePhotoList('a1', ['p1'], { page: 1 });
  await photos.cachePhotoDetails('p1', { width: 800 }, { albumId: 'a1' });
  await photos.cacheFaceDetails(
    'f1',
    { box: [0, 0, 1, 1] },
    { albumId: 'a1', photoId: 'p1', personId: 'ada' },
  );
  await photos.cacheSearchResults('beach', ['p1']);
  await photos.cachePhotoDetails('p2', { width: 600 }, { albumId: 'a2' });
};
const left = async (): Promise<unknown[]> => [
  await photos.getCachedAlbumDetails('a1'),
  await photos.getCachedPhotoList('a1', { page: 1 }),
  await photos.getCachedPhotoDetails('p1'),
  await photos.getCachedFaceDetails('f1'),
  await photos.getCachedSearchResults('beach'),
];

await fill();
const refused = deleteAlbum('a1', () => {
  throw new Error('the album is shared');
});
await assert.rejects(refused, /shared/);
assert.ok((await left()).every((value) => value !== undefined)); // rolled back: nothing was dropped

await deleteAlbum('a1');
assert.ok((await left()).every((value) => value === undefined));
assert.deepEqual(await photos.getCachedPhotoDetails('p2'), { width: 600 }); // another album's

console.log('pattern 7: cascades after the commit, ok');
await cache.close();
