import { createCache } from '@keepsake/core';
import { createPhotoCache, hashQuery, type PhotoCache, searchKey, userKey } from '@keepsake/entities';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keysOf, SETTINGS } from './caches.ts';
import { FakeClock } from '@keepsake/core/testing';

const HOSTILE = [
  '1', '1:profile', '1:permissions', '*', '?', '[1]', '1*', '1\n', '\n', ' 1', '{1}', '1}', '%31', '1%3Apermissions',
  '1<', '1?', '👩‍👧', '👩', 'é', 'e\u0301', '__proto__', 'constructor', 'toString', '\0', '../1', '1\\', '..',
]; // prettier-ignore

describe.each(SETTINGS)('ids on $name', ({ make }) => {
  it('reach their own entry and no other', async () => {
    const clock = new FakeClock();
    const photos = createPhotoCache(make(clock), { clock });
    for (const id of HOSTILE) await photos.cacheUserPermissions(id, [`of ${id}`]);
    for (const id of HOSTILE) expect(await photos.getCachedUserPermissions(id)).toEqual([`of ${id}`]);
    for (const id of HOSTILE) expect(await photos.getCachedUserProfile(id)).toBeUndefined();
  });

  it('invalidate their own entries and no other', async () => {
    for (const gone of HOSTILE) {
      const clock = new FakeClock();
      const photos = createPhotoCache(make(clock), { clock });
      for (const id of HOSTILE) await photos.cacheUserPermissions(id, id);
      await photos.invalidateUserCache(gone);
      const left = await photos.user.permissions.getMany(HOSTILE);
      expect([...left.keys()]).toEqual(HOSTILE.filter((id) => id !== gone));
    }
  });

  it('clear by prefix only what lies below them', async () => {
    const clock = new FakeClock();
    const cache = make(clock);
    const photos = createPhotoCache(cache, { clock });
    for (const id of HOSTILE) await photos.cacheUserPermissions(id, id);
    await cache.clear({ prefix: userKey('*', 'permissions') });
    const left = await photos.user.permissions.getMany(HOSTILE);
    expect([...left.keys()]).toEqual(HOSTILE.filter((id) => id !== '*'));
  });
});

/** Everything that a thing of the photo domain has an entry of, at an id, in one letter each. */
const fillAll = async (photos: PhotoCache, id: string): Promise<void> => {
  await photos.cacheUserAlbums(id, id);
  await photos.cacheUserProfile(id, id);
  await photos.cacheAlbumDetails(id, id);
  await photos.cacheFaceList(id, id);
  await photos.cacheAlbumSummary(id, id);
  await photos.cachePhotoList(id, id);
  await photos.cachePhotoList(id, id, { page: id });
  await photos.cachePhotoDetails(id, id, { albumId: id });
  await photos.cachePhotoStatus(id, id, { albumId: id });
  await photos.cacheFaceDetails(id, id, { albumId: id, photoId: id, personId: id });
  await photos.cachePersonDetails(id, id);
  await photos.person.idByName.set([id, id], id, { personId: id });
};

describe('ids that read like the tags or keys of another', () => {
  /** Each begins like what is about `1`, and goes on like a tag, a key or a pattern of it. */
  const NEIGHBOURS = HOSTILE.filter((id) => id !== '1');
  const told = { userId: '9', albumId: '9', photoId: '9', personId: '9' };

  it.each(NEIGHBOURS)('drop nothing of its own: %j', async (id) => {
    const cache = createCache();
    const photos = createPhotoCache(cache);
    await fillAll(photos, '1');
    const before = await keysOf(cache);
    await photos.invalidateUserCache(id);
    await photos.invalidateAlbumCache(id, { userId: told.userId, personId: told.personId });
    await photos.invalidatePhotoCache(id, { userId: '9', albumId: '9', personId: '9' });
    await photos.invalidateFaceCache(id, { albumId: '9', photoId: '9', personId: '9' });
    await photos.invalidatePersonCache(id, { albumId: '9', photoId: '9' });
    await photos.album.photos.invalidate(id);
    await photos.album.details.invalidate(id);
    await photos.eraseUser(id, { albumId: [] });
    expect(await keysOf(cache)).toEqual(before);
  });
});

describe('keys', () => {
  it('differ whenever ids do', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, unit: 'binary' }),
        fc.string({ minLength: 1, unit: 'binary' }),
        (a, b) => {
          fc.pre(a !== b);
          expect(userKey(a, 'profile')).not.toBe(userKey(b, 'profile'));
          expect(userKey(a, b)).not.toBe(userKey(b, a));
        },
      ),
    );
  });

  it('take numbers and bigints for what they read as', () => {
    expect(userKey(7, 'profile')).toBe('user:7:profile');
    expect(userKey(7n, 'profile')).toBe(userKey('7', 'profile'));
    expect(searchKey(hashQuery('beach'), 'results')).toBe(`search:${hashQuery('beach')}:results`);
  });

  it('refuse an empty id, none, and a lone surrogate', () => {
    for (const id of ['', undefined, null, NaN, {}, '\ud800'] as string[]) {
      expect(() => userKey(id, 'profile')).toThrow(expect.objectContaining({ code: 'ERR_KEY' }));
    }
  });
});

describe('tenants', () => {
  it('see nothing of each other, whatever they are called', async () => {
    const cache = createCache();
    const tenants = ['a', 'a*', 'a:b', 'b'].map((name) => createPhotoCache(cache.namespace(name)));
    for (const [i, photos] of tenants.entries()) await photos.cacheSearchResults('beach', i);
    await tenants[1]?.invalidateSearchCache();
    const seen = await Promise.all(tenants.map((photos) => photos.getCachedSearchResults('beach')));
    expect(seen).toEqual([0, undefined, 2, 3]);
  });
});
