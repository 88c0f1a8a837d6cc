import { type Cache, createCache } from '@keepsake/core';
import {
  createCounters,
  createEntityCache,
  createPhotoCache,
  defineEntity,
  type DownloadCounters,
  MemoryCounterStore,
  type PartSpec,
} from '@keepsake/entities';
import { RedisCounterStore } from '@keepsake/entities/redis';
import { describe, expect, it } from 'vitest';

const refused = (work: () => unknown, code: string): void => {
  expect(work).toThrow(expect.objectContaining({ name: 'CacheError', code }));
};

describe('misuse', () => {
  it('of what is no cache is refused at once', () => {
    const wrong: readonly unknown[] = [undefined, null, {}, 7, new Map()];
    for (const cache of wrong) {
      refused(() => createPhotoCache(cache as Cache), 'ERR_OPTION');
    }
  });

  it('of counters that lack a function is refused at once', () => {
    for (const downloads of [{}, null, 7, { increment: async () => 0 }]) {
      refused(
        () => createPhotoCache(createCache(), { downloads: downloads as unknown as DownloadCounters }),
        'ERR_OPTION',
      );
    }
  });

  it('of a kind that is not there is refused', async () => {
    const order = defineEntity('order', { details: { ttl: '1h' } });
    const { invalidate, invalidateSearches, tag } = createEntityCache(createCache(), [order]);
    await expect(invalidate('nope' as 'order', 1)).rejects.toMatchObject({ code: 'ERR_OPTION' });
    await expect(invalidateSearches('nope' as 'order')).rejects.toMatchObject({ code: 'ERR_OPTION' });
    refused(() => tag('nope' as 'order', 1), 'ERR_OPTION');
  });

  it('of a number that does not say which thing it names is refused', async () => {
    const photos = createPhotoCache(createCache());
    const beyond = [Number.MAX_SAFE_INTEGER + 1, Number.MIN_SAFE_INTEGER - 1, 1e21];
    for (const id of beyond) {
      await expect(photos.getCachedAlbumDetails(id)).rejects.toMatchObject({ code: 'ERR_KEY' });
      await expect(photos.cacheAlbumDetails(id, 1)).rejects.toMatchObject({ code: 'ERR_KEY' });
      await expect(photos.invalidateAlbumCache(id)).rejects.toMatchObject({ code: 'ERR_KEY' });
      await expect(photos.cachePhotoDetails(1, 1, { albumId: id })).rejects.toMatchObject({
        code: 'ERR_KEY',
      });
    }
    await photos.cacheAlbumDetails(9007199254740993n, 'odd');
    expect(await photos.getCachedAlbumDetails('9007199254740993')).toBe('odd');
    expect(await photos.getCachedAlbumDetails(9007199254740992n)).toBeUndefined();
    expect(await photos.cacheAlbumDetails(Number.MAX_SAFE_INTEGER, 1)).toBe(true);
  });

  it('of an option that nobody knows is refused, and the one that was meant is told', () => {
    const cache = createCache();
    const store = new MemoryCounterStore();
    const sink = { load: async () => [], apply: async () => [] };
    const slips: Readonly<Record<string, () => unknown>> = {
      "createPhotoCache: there is no option 'donwloads'; did you mean 'downloads'?": () =>
        createPhotoCache(cache, { donwloads: {} } as object),
      "createEntityCache: there is no option 'radnom'; did you mean 'random'?": () =>
        createEntityCache(cache, [], { radnom: Math.random } as object),
      "order.lines: there is no option 'vairants'; did you mean 'variants'?": () =>
        defineEntity('order', { lines: { ttl: 1, vairants: true } as PartSpec }),
      "createCounters: there is no option 'flushEvry'; did you mean 'flushEvery'?": () =>
        createCounters({ store, sink, flushEvry: 5 } as Parameters<typeof createCounters>[0]),
      "MemoryCounterStore: there is no option 'maxCounter'; did you mean 'maxCounters'?": () =>
        new MemoryCounterStore({ maxCounter: 5 } as object),
      "RedisCounterStore: there is no option 'nam'; did you mean 'name'?": () =>
        new RedisCounterStore({ url: 'redis://127.0.0.1:1', nam: 'plays' } as object),
    };
    for (const [message, work] of Object.entries(slips)) {
      refused(work, 'ERR_OPTION');
      expect(work).toThrow(message);
    }
  });

  it('of what is no object, or no declaration, is refused with a code', () => {
    const nothing = null as never;
    refused(() => createCounters(nothing), 'ERR_OPTION');
    refused(() => createPhotoCache(createCache(), nothing), 'ERR_OPTION');
    refused(() => defineEntity('order', nothing), 'ERR_OPTION');
    refused(() => defineEntity('order', { lines: nothing }), 'ERR_OPTION');
    for (const entities of [null, undefined, {}, [null], [{ name: 'order' }]]) {
      refused(() => createEntityCache(createCache(), entities as never), 'ERR_OPTION');
    }
  });

  it('of a search without a query is refused: all who forgot theirs would share what it found', async () => {
    const photos = createPhotoCache(createCache());
    const query = undefined as unknown as string;
    const refusal = { code: 'ERR_KEY' };
    await expect(photos.getCachedSearchResults(query)).rejects.toMatchObject(refusal);
    await expect(photos.cacheSearchResults(query, ['of one'])).rejects.toMatchObject(refusal);
    await expect(photos.search.results.getOrSet(query, () => [])).rejects.toMatchObject(refusal);
    expect(await photos.cacheSearchResults('', [])).toBe(true);
    expect(await photos.cacheSearchResults(null, [])).toBe(true);
  });

  it('of lists that are none is refused with a code, and not taken for empty', async () => {
    const { details } = createPhotoCache(createCache()).album;
    for (const ids of ['abc', 7, null, { a: 1 }, new Set(['a'])]) {
      await expect(details.getMany(ids as never)).rejects.toMatchObject({ code: 'ERR_KEY' });
      await expect(details.getOrSetMany(ids as never, async () => [])).rejects.toMatchObject({
        code: 'ERR_KEY',
      });
    }
    for (const pairs of [{ a: 1 }, 7, null, [1]]) {
      await expect(details.setMany(pairs as never)).rejects.toMatchObject({ code: 'ERR_VALUE' });
      const load = async (): Promise<never> => pairs as never;
      await expect(details.getOrSetMany(['a'], load)).rejects.toMatchObject({ code: 'ERR_LOAD_MANY' });
    }
    expect((await details.getMany(['a'])).size).toBe(0);
  });
});
