/** The functions by name inside a transaction: what they do there, and what they leave behind. */
import { createCache } from '@keepsake/core';
import { FakeClock } from '@keepsake/core/testing';
import { transactional } from '@keepsake/core/transactions';
import { createPhotoCache } from '@keepsake/entities';
import { describe, expect, it } from 'vitest';

const open = () => {
  const clock = new FakeClock();
  const { cache, afterCommit } = transactional(createCache({ clock }));
  return { clock, cache, afterCommit, photos: createPhotoCache(cache, { clock }) };
};

describe('inside afterCommit', () => {
  it('get, query, set finds and stores nothing, and costs the key half a minute', async () => {
    const { clock, afterCommit, photos } = open();
    await photos.cacheAlbumDetails(7, 'committed');
    await afterCommit(async () => {
      expect(await photos.getCachedAlbumDetails(7)).toBeUndefined();
      expect(await photos.cacheAlbumDetails(7, 'of the transaction')).toBe(false);
    });
    expect(await photos.getCachedAlbumDetails(7)).toBeUndefined(); // what was set would have replaced it
    expect(await photos.cacheAlbumDetails(7, 'new')).toBe(false);
    await clock.advance(30_000);
    expect(await photos.getCachedAlbumDetails(7)).toBeUndefined();
    expect(await photos.cacheAlbumDetails(7, 'new')).toBe(true);
  });

  it('getOrSet loads, stores nothing, and costs nothing afterwards', async () => {
    const { afterCommit, photos } = open();
    await photos.cacheAlbumDetails(7, 'committed');
    await afterCommit(async () => {
      expect(await photos.album.details.getOrSet(7, () => 'of the transaction')).toBe('of the transaction');
      const many = await photos.album.summary.getOrSetMany([7, 8], async (ids) =>
        ids.map((id) => [id, id] as const),
      );
      expect([...many]).toEqual([[7, 7], [8, 8]]); // prettier-ignore
    });
    expect(await photos.getCachedAlbumDetails(7)).toBe('committed');
    expect(await photos.getCachedAlbumSummary(7)).toBeUndefined();
    expect(await photos.cacheAlbumSummary(7, 'new')).toBe(true);
  });

  it('a callback that throws in a savepoint drops its own removals, and the outer ones go', async () => {
    const { afterCommit, photos } = open();
    for (const id of [1, 2, 3]) await photos.cacheUserSettings(id, id);
    await afterCommit(async () => {
      await photos.invalidateUserCache(1);
      const inner = afterCommit(async () => {
        await photos.invalidateUserCache(2);
        throw new Error('the savepoint is rolled back');
      });
      await expect(inner).rejects.toThrow('rolled back');
      await afterCommit(() => photos.invalidateUserCache(3));
      expect((await photos.user.settings.getMany([1, 2, 3])).size).toBe(0); // a transaction reads nothing
    });
    expect([...(await photos.user.settings.getMany([1, 2, 3])).keys()]).toEqual([2]);
  });

  it('a commit that never ends removes nothing, and holds up nobody else', async () => {
    const { afterCommit, photos } = open();
    await photos.cacheUserSettings(1, 'old');
    void afterCommit(async () => {
      await photos.invalidateUserCache(1);
      await new Promise(() => undefined);
    });
    expect(await photos.getCachedUserSettings(1)).toBe('old');
    await afterCommit(() => photos.invalidateUserCache(1));
    expect(await photos.getCachedUserSettings(1)).toBeUndefined();
  });

  it('an erasure is refused, where every entry would look like one to delete', async () => {
    const { afterCommit, photos } = open();
    await photos.cacheUserProfile('u1', 'secret');
    await photos.cacheUserProfile('u2', 'of another');
    const work = async (): Promise<void> => {
      await expect(photos.eraseUser('u1', { albumId: [] })).rejects.toMatchObject({ code: 'ERR_OPTION' });
    };
    await afterCommit(work);
    expect(await photos.user.profile.getMany(['u1', 'u2'])).toHaveProperty('size', 2);
    expect(await photos.eraseUser('u1', { albumId: [] })).toMatchObject({ acknowledged: true, entries: 1 });
    expect(await photos.getCachedUserProfile('u2')).toBe('of another');
  });
});
