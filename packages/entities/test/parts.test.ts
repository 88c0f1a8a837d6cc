import { createPhotoCache, hashContent } from '@keepsake/entities';
import { FakeClock } from '@keepsake/core/testing';
import { describe, expect, it } from 'vitest';
import { SETTINGS } from './caches.ts';

describe.each(SETTINGS)('a part on $name', ({ make }) => {
  const open = () => {
    const clock = new FakeClock();
    const cache = make(clock);
    return { clock, cache, photos: createPhotoCache(cache, { clock }) };
  };

  it('loads once for many callers, and again after an invalidation', async () => {
    const { photos } = open();
    let loads = 0;
    const load = () => photos.album.summary.getOrSet(1, async () => (loads += 1));
    expect(await Promise.all([load(), load(), load()])).toEqual([1, 1, 1]);
    await photos.album.summary.invalidate(1);
    expect(await load()).toBe(2);
  });

  it('gives hits by the ids as they were given, in their order', async () => {
    const { photos } = open();
    await photos.cachePhotoDetails('b:1', 'b');
    await photos.cachePhotoDetails(7, 0);
    const hits = await photos.photo.details.getMany([7, 'missing', 'b:1', '7']);
    expect([...hits]).toEqual([[7, 0], ['b:1', 'b'], ['7', 0]]); // prettier-ignore
  });

  it('loads what is missing in one call, with a TTL of its own for each', async () => {
    const { cache, photos } = open();
    await photos.cachePhotoStatus(1, 'done');
    const asked: unknown[] = [];
    const all = await photos.photo.status.getOrSetMany([1, 2, 3, 4, 2], async (missing, context) => {
      asked.push(missing);
      context.setTtl(3, 17);
      context.skip(4);
      return missing.map((id) => [id, `of ${id}`] as const);
    });
    expect(asked).toEqual([[2, 3, 4]]);
    expect([...all]).toEqual([[1, 'done'], [2, 'of 2'], [3, 'of 3'], [4, 'of 4']]); // prettier-ignore
    expect(await cache.ttl('photo:3:status')).toBe(17);
    expect(await cache.ttl('photo:2:status')).toBeGreaterThanOrEqual(60);
    expect(await cache.ttl('photo:4:status')).toBeUndefined();
  });

  it('is stale after expire, and served so only inside its grace', async () => {
    const { photos } = open();
    await photos.cacheAlbumDetails(1, 'old', { grace: '1h' });
    await photos.album.details.expire(1);
    expect(await photos.getCachedAlbumDetails(1)).toBeUndefined();
    const down = () => Promise.reject(new Error('the database is down'));
    expect(await photos.album.details.getOrSet(1, down)).toBe('old');
    await photos.cachePhotoList(1, ['old'], 'page 2', { grace: '1h' });
    await photos.album.photos.expire(1);
    expect(await photos.getCachedPhotoList(1, 'page 2')).toBeUndefined();
  });

  it('of search by selfie goes by what the image shows, not by the name of its file', async () => {
    const { photos } = open();
    const ada = { name: 'selfie.jpg', bytes: new Uint8Array([1, 2, 3]) };
    const bob = { name: 'selfie.jpg', bytes: new Uint8Array([4, 5, 6]) };
    const queryOf = ({ bytes }: typeof ada) => ({ selfie: hashContent(bytes) });
    await photos.cacheSearchResults(queryOf(ada), ['photos of Ada']);
    expect(await photos.getCachedSearchResults(queryOf(bob))).toBeUndefined();
    expect(await photos.getCachedSearchResults(queryOf({ ...ada, name: 'me.jpg' }))).toEqual([
      'photos of Ada',
    ]);
  });

  it('loads nobody else for a user whose permissions are cached', async () => {
    const { photos } = open();
    const permissionsOf = (userId: string) =>
      photos.user.permissions.getOrSet(userId, async () => [`of ${userId}`]);
    const users = ['ada', 'bob', 'ada:x', 'Ada', 'ada '];
    const given = await Promise.all([...users, ...users].map(permissionsOf));
    expect(given).toEqual([...users, ...users].map((user) => [`of ${user}`]));
  });
});
