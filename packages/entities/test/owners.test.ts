import { createCache } from '@keepsake/core';
import { FakeClock } from '@keepsake/core/testing';
import { createEntityCache, defineEntity, valueType } from '@keepsake/entities';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { keysOf, SETTINGS } from './caches.ts';

const HOSTILE = ['1', '1:user:2', '*', '?', '1*', '\n', '1\n', ' 1', '{1}', '%31', '👩‍👧', '👩', 'a:b', '..'];

const user = defineEntity('user', { permissions: { ttl: '30m', value: valueType<string[]>() } });
const album = defineEntity('album', {
  details: { ttl: '1h', per: 'user', value: valueType<string>() },
  photos: { ttl: '10m', per: 'user', variants: true, value: valueType<string>() },
});
const search = defineEntity('search', {
  results: {
    ttl: '10m',
    key: 'search:{query}:results',
    query: true,
    per: 'user',
    value: valueType<string>(),
  },
});

describe.each(SETTINGS)('a part per user on $name', ({ make }) => {
  const open = () => {
    const clock = new FakeClock();
    const cache = make(clock);
    return { cache, ...createEntityCache(cache, [user, album, search], { clock }) };
  };

  it('serves nobody what another was given, whatever they are called', async () => {
    const { parts } = open();
    for (const userId of HOSTILE) {
      await parts.album.details.set(7, `of ${userId}`, { userId });
      await parts.album.photos.set(7, `of ${userId}`, { userId, variant: 2 });
      await parts.search.results.set('beach', `of ${userId}`, { userId });
    }
    for (const userId of HOSTILE) {
      const seen = [
        await parts.album.details.get(7, { userId }),
        await parts.album.photos.get(7, { userId, variant: 2 }),
        await parts.search.results.get('beach', { userId }),
      ];
      expect(seen).toEqual([`of ${userId}`, `of ${userId}`, `of ${userId}`]);
    }
    expect(await parts.album.details.get(7, { userId: 'nobody' })).toBeUndefined();
  });

  it('has distinct keys for distinct pairs of thing and user', () => {
    const { parts } = open();
    const text = fc.string({ minLength: 1, unit: 'binary' });
    fc.assert(
      fc.property(text, text, text, text, (a, b, c, d) => {
        fc.pre(a !== c || b !== d);
        const keys = [parts.album.details.key(a, { userId: b }), parts.album.details.key(c, { userId: d })];
        expect(keys[0]).not.toBe(keys[1]);
      }),
    );
  });

  it('does nothing without saying for whom', async () => {
    const { parts } = open();
    const missing = [{}, { userId: undefined }, { userId: '' }, { userId: null }] as unknown as {
      userId: string;
    }[];
    for (const options of missing) {
      const calls = [
        parts.album.details.get(7, options),
        parts.album.details.set(7, 'x', options),
        parts.album.details.setIfAbsent(7, 'x', options),
        parts.album.details.getOrSet(7, () => 'x', options),
        parts.album.details.getMany([7], options),
        parts.album.details.getOrSetMany([7], async () => [[7, 'x']], options),
      ];
      for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'ERR_KEY' });
    }
  });

  it('goes with its thing, with its user, for one user alone, and for all', async () => {
    const { cache, parts, invalidate } = open();
    const fill = async (): Promise<void> => {
      for (const userId of ['ada', 'bob']) {
        await parts.album.details.set(7, 'x', { userId });
        await parts.album.photos.set(7, 'x', { userId });
        await parts.album.photos.set(7, 'x', { userId, variant: 2 });
      }
    };
    const left = async (): Promise<string[]> => {
      const keys = await keysOf(cache);
      const found = await cache.getMany(keys);
      return [...found.keys()].map((key) => key.replace(/:[0-9a-f]{32}$/, ':2'));
    };
    await fill();
    await invalidate('user', 'ada');
    expect(await left()).toEqual([
      'album:7:details:user:bob',
      'album:7:photos:user:bob',
      'album:7:photos:user:bob:2',
    ]);
    await fill();
    await parts.album.photos.invalidate(7, { userId: 'bob' });
    await parts.album.details.invalidate(7, { userId: 'ada' });
    expect(await left()).toEqual([
      'album:7:details:user:bob',
      'album:7:photos:user:ada',
      'album:7:photos:user:ada:2',
    ]);
    await fill();
    await parts.album.photos.expire(7);
    expect(await left()).toEqual(['album:7:details:user:ada', 'album:7:details:user:bob']);
    await fill();
    await invalidate('album', 7);
    expect(await left()).toEqual([]);
  });
});

describe('types of a part per user', () => {
  it('do not compile without the user, and take nobody in lieu', () => {
    const { parts } = createEntityCache(createCache(), [user, album, search]);
    const unused = (): unknown[] => [
      // @ts-expect-error whose?
      parts.album.details.get(7),
      // @ts-expect-error whose?
      parts.album.details.get(7, {}),
      // @ts-expect-error an album is no user
      parts.album.details.get(7, { albumId: 7 }),
      // @ts-expect-error whose?
      parts.album.details.set(7, 'x', { ttl: '1m' }),
      // @ts-expect-error whose?
      parts.album.details.getOrSet(7, () => 'x'),
      // @ts-expect-error whose?
      parts.search.results.getMany(['beach']),
      // @ts-expect-error several users have no entry together
      parts.album.details.get(7, { userId: ['ada', 'bob'] }),
      parts.album.details.get(7, { userId: 'ada' }),
      parts.album.details.invalidate(7),
      parts.user.permissions.get('ada'),
      // @ts-expect-error whose permissions?
      parts.user.permissions.get(),
      // @ts-expect-error a user is no object
      parts.user.permissions.get({ id: 'ada' }),
    ];
    expectTypeOf(unused).toBeFunction();
    expectTypeOf(parts.album.details.get(7, { userId: 1 })).resolves.toEqualTypeOf<string | undefined>();
  });
});
