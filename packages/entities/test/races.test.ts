import { createCache, MemoryBackend } from '@keepsake/core';
import { FakeClock } from '@keepsake/core/testing';
import { createPhotoCache } from '@keepsake/entities';
import { describe, expect, it } from 'vitest';
import { SETTINGS } from './caches.ts';
import {
  ordersOf,
  peek,
  play,
  request,
  type Subject,
  update,
  updateThrough,
  writeThrough,
} from './interleavings.ts';

const TABLE = [
  { name: 'two requests and an update', cast: [request, request, update], firstWriter: 2 },
  {
    name: 'two requests and an update that writes through',
    cast: [request, request, updateThrough],
    firstWriter: 2,
  },
  { name: 'two requests and a write-through alone', cast: [request, request, writeThrough], firstWriter: 2 },
  {
    name: 'a request, a peek and an update that writes through',
    cast: [request, peek, updateThrough],
    firstWriter: 2,
  },
  {
    name: 'a request, two peeks and a write-through alone',
    cast: [request, peek, peek, writeThrough],
    firstWriter: 3,
  },
];

/** Thousands of orders, on a machine that may be busy with other work. */
const PATIENCE = { timeout: 90_000 };

describe.each(SETTINGS)('get, query, set on $name', PATIENCE, ({ make }) => {
  const ours = (store: 'set' | 'setIfAbsent'): Subject => {
    const clock = new FakeClock();
    const cache = make(clock);
    const { album, ...photos } = createPhotoCache(cache, { clock });
    return {
      get: () => photos.getCachedAlbumDetails(7),
      set: (value) => album.details[store](7, value),
      invalidate: () => photos.invalidateAlbumCache(7),
      look: () => cache.get('album:7:details'),
    };
  };

  const naive = (): Subject => {
    const cache = make(new FakeClock());
    return {
      get: () => cache.get('album:7:details'),
      set: (value) => cache.set('album:7:details', value, { tags: ['album:7'] }),
      invalidate: () => cache.invalidateTags(['album:7']),
      look: () => cache.get('album:7:details'),
    };
  };

  describe.each(TABLE)('in any order of $name', ({ cast, firstWriter }) => {
    it('serves nothing older than the source once the writer is done', async () => {
      const served = new Set<unknown>();
      for (const order of ordersOf(cast)) {
        const course = await play(order, cast, firstWriter, ours('set'));
        expect(course, order.join()).toMatchObject({ isEverStale: false, isStaleInTheEnd: false });
        served.add(course.served);
      }
      expect(served).toContain(1);
    });

    it('is a test that the naive version fails', async () => {
      let stale = 0;
      for (const order of ordersOf(cast)) {
        stale += Number((await play(order, cast, firstWriter, naive())).isStaleInTheEnd);
      }
      expect(stale).toBeGreaterThan(0);
    });
  });

  it('with setIfAbsent does not store the old value either, in any order with an update', async () => {
    const cast = [request, request, update];
    for (const order of ordersOf(cast)) {
      const course = await play(order, cast, 2, ours('setIfAbsent'));
      expect(course, order.join()).toMatchObject({ isEverStale: false, isStaleInTheEnd: false });
    }
  });

  it('with two writers serves nothing in the end that was read before both, in any order', async () => {
    const cast = [request, request, update, writeThrough];
    for (const order of ordersOf(cast)) {
      const course = await play(order, cast, 2, ours('set'));
      // A write-through that was set before the other writer's update is as old as its own write.
      const isReaders = course.isStaleInTheEnd && course.served === 0;
      expect(isReaders, order.join()).toBe(false);
    }
  });

  it('fills the cache in any order of two requests without an update', async () => {
    const cast = [request, request];
    for (const order of ordersOf(cast)) expect((await play(order, cast, 2, ours('set'))).served).toBe(0);
  });

  it('fills again and again when each invalidation comes between the requests', async () => {
    const subject = ours('set');
    for (let round = 0; round < 5; round += 1) {
      expect(await subject.get()).toBeUndefined();
      expect(await subject.set(round)).toBe(true);
      expect(await subject.get()).toBe(round);
      await subject.invalidate();
    }
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
      expect(await set()).toBe(false); // it may be the first reader's, come late
      await clock.advance(30_000);
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
    const { clock, photos } = open();
    await photos.getCachedPhotoStatus('p');
    await photos.getCachedPhotoStatus('p');
    expect(await photos.cachePhotoStatus('p', '10 %')).toBe(true);
    expect(await photos.cachePhotoStatus('p', '20 %')).toBe(false);
    expect(await photos.getCachedPhotoStatus('p')).toBeUndefined();
    await clock.advance(30_000);
    expect(await photos.getCachedPhotoStatus('p')).toBeUndefined();
    expect(await photos.cachePhotoStatus('p', '20 %')).toBe(true);
  });

  it('is refused after a window of refusal to those who missed in it, until one misses anew', async () => {
    const { clock, photos } = open();
    await photos.getCachedPhotoDetails('p');
    await photos.invalidatePhotoCache('p');
    expect(await photos.cachePhotoDetails('p', 'old')).toBe(false);
    await clock.advance(29_000);
    await photos.getCachedPhotoDetails('p');
    await photos.invalidatePhotoCache('p');
    await clock.advance(2_000);
    expect(await photos.cachePhotoDetails('p', 'old')).toBe(false);
    expect(await photos.getCachedPhotoDetails('p')).toBeUndefined();
    expect(await photos.cachePhotoDetails('p', 'new')).toBe(true);
  });

  it('with setIfAbsent leaves what is there, and stores under a miss of its own', async () => {
    const { photos } = open();
    const { details } = photos.photo;
    await details.get('p');
    expect(await details.setIfAbsent('p', 1)).toBe(true);
    expect(await details.setIfAbsent('p', 2)).toBe(false);
    expect(await details.get('p')).toBe(1);
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
