import { createCache, MemoryBackend } from '@keepsake/core';
import { FakeClock } from '@keepsake/core/testing';
import { createPhotoCache } from '@keepsake/entities';
import { describe, expect, it } from 'vitest';
import { SETTINGS } from './caches.ts';
import { orders, play, type Subject, WITH_UPDATE } from './interleavings.ts';

describe.each(SETTINGS)('get, query, set on $name', ({ make }) => {
  const ours = (): Subject => {
    const clock = new FakeClock();
    const photos = createPhotoCache(make(clock), { clock });
    return {
      get: () => photos.getCachedAlbumDetails(7),
      set: (value) => photos.cacheAlbumDetails(7, value),
      invalidate: () => photos.invalidateAlbumCache(7),
    };
  };

  const naive = (): Subject => {
    const cache = make(new FakeClock());
    return {
      get: () => cache.get('album:7:details'),
      set: (value) => cache.set('album:7:details', value, { tags: ['album:7'] }),
      invalidate: () => cache.invalidateTags(['album:7']),
    };
  };

  it('never stores the old value, in any order of two requests and an update', async () => {
    const outcomes = new Set<unknown>();
    for (const order of WITH_UPDATE) outcomes.add(await play(order, ours));
    expect(outcomes).not.toContain('old');
    expect(outcomes).toContain('new');
  });

  it('is a test that the naive version fails', async () => {
    const outcomes = new Set<unknown>();
    for (const order of WITH_UPDATE) outcomes.add(await play(order, naive));
    expect(outcomes).toContain('old');
  });

  it('fills the cache in any order of two requests without an update', async () => {
    for (const order of orders([3, 3])) expect(await play(order, ours)).toBe('old');
  });

  it('sees invalidations of one part, of a variant, of a tag above and of searches', async () => {
    const clock = new FakeClock();
    const cache = make(clock);
    const photos = createPhotoCache(cache, { clock });
    const check = async (
      get: () => Promise<unknown>,
      set: () => Promise<boolean>,
      invalidate: () => Promise<unknown>,
    ): Promise<void> => {
      expect(await get()).toBeUndefined();
      await invalidate();
      expect(await set()).toBe(false);
      expect(await get()).toBeUndefined();
      expect(await set()).toBe(true);
    };
    await check(
      () => photos.user.profile.get(1),
      () => photos.user.profile.set(1, 'old'),
      () => photos.user.profile.invalidate(1),
    );
    await check(
      () => photos.getCachedPhotoList(1, 'page 2'),
      () => photos.cachePhotoList(1, ['old'], 'page 2'),
      () => photos.album.photos.invalidate(1),
    );
    await check(
      () => photos.getCachedFaceDetails(3),
      () => photos.cacheFaceDetails(3, 'old', { albumId: 1 }),
      () => photos.invalidateAlbumCache(1),
    );
    await check(
      () => photos.getCachedSearchResults('beach'),
      () => photos.cacheSearchResults('beach', 'old'),
      () => photos.invalidateSearchCache(),
    );
    await check(
      () => photos.getCachedUserSettings(1),
      () => photos.cacheUserSettings(1, 'old'),
      () => cache.clear(),
    );
  });
});

describe('get, query, set in several processes', () => {
  it('never stores the old value when the invalidation comes from another', async () => {
    const clock = new FakeClock();
    const l2 = new MemoryBackend({ clock });
    const here = createPhotoCache(createCache({ clock, l2 }), { clock });
    const job = createPhotoCache(createCache({ clock, l2 }), { clock });
    expect(await here.getCachedPhotoDetails('p')).toBeUndefined();
    await job.invalidatePhotoCache('p');
    expect(await here.cachePhotoDetails('p', 'old')).toBe(false);
    expect(await job.getCachedPhotoDetails('p')).toBeUndefined();
  });
});

describe('set', () => {
  const open = (): { clock: FakeClock; photos: ReturnType<typeof createPhotoCache> } => {
    const clock = new FakeClock();
    return { clock, photos: createPhotoCache(createCache({ clock }), { clock }) };
  };

  it('overwrites where no get has missed', async () => {
    const { photos } = open();
    expect(await photos.cachePhotoStatus('p', '10 %')).toBe(true);
    expect(await photos.cachePhotoStatus('p', '20 %')).toBe(true);
    expect(await photos.getCachedPhotoStatus('p')).toBe('20 %');
  });

  it('never leaves an older value behind when it is refused', async () => {
    const { photos } = open();
    await photos.getCachedPhotoStatus('p');
    await photos.getCachedPhotoStatus('p');
    expect(await photos.cachePhotoStatus('p', '10 %')).toBe(true);
    expect(await photos.cachePhotoStatus('p', '20 %')).toBe(false);
    expect(await photos.getCachedPhotoStatus('p')).toBeUndefined();
    expect(await photos.cachePhotoStatus('p', '20 %')).toBe(true);
  });

  it('leaves what another has stored if it is the same', async () => {
    const { photos } = open();
    await photos.getCachedPhotoDetails('p');
    await photos.photo.details.getOrSet('p', () => ({ name: 'a' }));
    expect(await photos.cachePhotoDetails('p', { name: 'a' })).toBe(false);
    expect(await photos.getCachedPhotoDetails('p')).toEqual({ name: 'a' });
  });

  it('stores again soon after a get that was never followed by a set', async () => {
    const { clock, photos } = open();
    await photos.getCachedPhotoDetails('p');
    await photos.invalidatePhotoCache('p');
    await clock.advance(30_000);
    expect(await photos.getCachedPhotoDetails('p')).toBeUndefined();
    expect(await photos.cachePhotoDetails('p', 1)).toBe(true);
  });

  it('refills what was only served stale', async () => {
    const clock = new FakeClock();
    const photos = createPhotoCache(createCache({ clock, grace: '1h' }), { clock });
    await photos.cachePhotoDetails('p', 'old', { ttl: 1 });
    await clock.advance(2_000);
    expect(await photos.getCachedPhotoDetails('p')).toBeUndefined();
    expect(await photos.cachePhotoDetails('p', 'new')).toBe(true);
    expect(await photos.getCachedPhotoDetails('p')).toBe('new');
  });

  it('rejects undefined, empty ids and variants of what has none', async () => {
    const { photos } = open();
    await expect(photos.cacheAlbumDetails(7, undefined)).rejects.toMatchObject({ code: 'ERR_VALUE' });
    await expect(photos.cacheAlbumDetails('', 1)).rejects.toMatchObject({ code: 'ERR_KEY' });
    await expect(photos.getCachedAlbumDetails(undefined as unknown as string)).rejects.toMatchObject({
      code: 'ERR_KEY',
    });
    await expect(photos.album.details.get(7, { variant: 1 as unknown as never })).rejects.toMatchObject({
      code: 'ERR_OPTION',
    });
    await expect(photos.invalidateAlbumCache('')).rejects.toMatchObject({ code: 'ERR_KEY' });
    await expect(photos.cacheAlbumDetails(7, 1, { ttl: 0 })).rejects.toMatchObject({ code: 'ERR_TTL' });
  });
});
