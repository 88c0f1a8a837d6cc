import { createCache } from '@keepsake/core';
import { createPhotoCache, hashQuery, searchKey, userKey } from '@keepsake/entities';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SETTINGS } from './caches.ts';
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
