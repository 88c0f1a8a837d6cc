/** One process of the cascade test: reads with a row that its parent names, and invalidates when told. */
import { createInterface } from 'node:readline';
import { createCache } from '@keepsake/core';
import { createPhotoCache } from '@keepsake/entities';
import { RedisBackend, RedisBus } from '@keepsake/redis';

const [url = '', prefix = ''] = process.argv.slice(2);
const cache = createCache({
  l2: new RedisBackend({ url, prefix, commandTimeout: 5 }),
  bus: new RedisBus({ url, channel: `${prefix}~bus` }),
  l2Timeout: '5s',
});
await cache.connect({ timeout: '10s' });
const photos = createPhotoCache(cache);

/** What is made from album 7, by every way that leads to it. */
const read = async (row: number): Promise<unknown[]> => [
  await photos.album.details.getOrSet(7, () => row),
  await photos.album.photos.getOrSet(7, () => row, { variant: { page: 2 } }),
  await photos.photo.details.getOrSet('p', () => row, { albumId: 7 }),
  await photos.face.details.getOrSet('f', () => row),
  await photos.person.details.getOrSet('ada', () => row),
  await photos.user.albums.getOrSet('u', () => row),
  await photos.search.results.getOrSet('beach', () => row),
];

console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const [word, row] = line.split(' ');
  if (word === 'read') console.log((await read(Number(row))).join(' '));
  else console.log((await photos.invalidateAlbumCache(7)).acknowledged ? 'acknowledged' : 'deferred');
}
await cache.clear();
await cache.close();
