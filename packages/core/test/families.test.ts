import { type Cache, type CacheOptions, createCache, MemoryBackend } from '@keepsake/core';
import { defineFamily, type Family, type FamilyPer, type StandardSchema } from '@keepsake/core/families';
import { FakeClock, FaultyBackend } from '@keepsake/core/testing';
import { describe, expect, expectTypeOf, it } from 'vitest';

interface Album {
  readonly title: string;
}

/** Lets through what has a title that is a text, in capitals. */
const albumSchema: StandardSchema<Album> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: async (value) => {
      const { title } = value as { title?: unknown };
      if (title === 'throws') throw new Error('a validator with a bug');
      return typeof title === 'string' ? { value: { title: title.toUpperCase() } } : { issues: [{}] };
    },
  },
};

/** Processes with a far tier in common. */
const setUp = (): (() => Cache) => {
  const clock = new FakeClock();
  const far = new FaultyBackend(new MemoryBackend({ clock }), { clock, shared: true });
  const options: CacheOptions = { clock, l1: false, l2: far };
  return () => createCache(options);
};

describe('a family', () => {
  it('has typed values under keys of its own', async () => {
    const cache = createCache();
    const albums = defineFamily<Album>(cache, { name: 'album', ttl: '1h', tags: ['albums'] });
    expectTypeOf(albums).toEqualTypeOf<Family<Album>>();
    // @ts-expect-error a value of another type
    const wrong = albums.set('1', { name: 'Summer' });
    await wrong;
    expect(await albums.getOrSet(['7', 'details'], () => ({ title: 'Summer' }))).toEqual({ title: 'Summer' });
    expect(await cache.get('album:7:details')).toEqual({ title: 'Summer' });
    expect(await cache.ttl('album:7:details')).toBeGreaterThan(3_590);
    await cache.invalidateTags(['albums']);
    expect(await albums.get(['7', 'details'])).toBeUndefined();
    const many = await albums.getOrSetMany(['a', 'b'], async (missing) =>
      missing.map((key) => [key, { title: key }] as const),
    );
    expect([...many.keys()]).toEqual(['album:a', 'album:b']);
    expect([await albums.has('a'), (await albums.delete('a')).count, await albums.has('a')]).toEqual([
      true,
      1,
      false,
    ]);
  });

  it('is cleared as a whole, and nothing else with it', async () => {
    const cache = createCache();
    const albums = defineFamily<number>(cache, { name: 'album' });
    const covers = defineFamily<number>(cache, { name: 'album*' });
    await albums.set('1', 1);
    await covers.set('1', 2);
    await cache.set('albums', 3);
    await albums.clear();
    expect([await albums.get('1'), await covers.get('1'), await cache.get('albums')]).toEqual([
      undefined,
      2,
      3,
    ]);
  });

  it('has a name that no other family or function of the cache has', () => {
    const cache = createCache();
    defineFamily(cache, { name: 'album' });
    expect(() => defineFamily(cache, { name: 'album' })).toThrow(/taken/);
    expect(() => defineFamily(cache, { name: '' })).toThrow(/name/);
    expect(() => defineFamily(cache, { name: 'x', version: 1.5 })).toThrow(/version/);
    defineFamily(cache.namespace('n'), { name: 'album' });
  });
});

describe('what a family is defined with', () => {
  const schema = { '~standard': { version: 1, vendor: 'test' } };
  it.each([
    ['no options', undefined],
    ['null', null],
    ['a name', 'album'],
    ['no name', {}],
    ['an empty name', { name: '' }],
    ['a name that is no text', { name: 7 }],
    ['a name that is ill-formed', { name: 'a\ud800' }],
    ['a name that leaves no room for an id', { name: 'k'.repeat(65_536) }],
    ['a version below 0', { name: 'x', version: -1 }],
    ['a version that is no integer', { name: 'x', version: 1.5 }],
    ['a version that is a text', { name: 'x', version: '1' }],
    ['a version that is NaN', { name: 'x', version: Number.NaN }],
    ['a migration that is none', { name: 'x', migrate: 'yes' }],
    ['an owner that is none', { name: 'x', per: '' }],
    ['an owner that is no word', { name: 'x', per: true }],
    ['a schema that is null', { name: 'x', schema: null }],
    ['a schema that is no schema', { name: 'x', schema: { parse: () => 1 } }],
    ['a schema that cannot validate', { name: 'x', schema }],
    ['the inside of a schema', { name: 'x', schema: { validate: () => 1 } }],
    ['a signal', { name: 'x', signal: AbortSignal.abort() }],
    ['forceRefresh', { name: 'x', forceRefresh: true }],
    ['a window over another', { name: 'x', swr: '2h', grace: '1h' }],
  ])('%s: ERR_OPTION', (_, options) => {
    const cache = createCache();
    expect(() => defineFamily(cache, options as never)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION' }) as Error,
    );
    defineFamily(cache, { name: 'x' }); // the name was not taken
  });

  it.each([
    ['ERR_TTL', { ttl: 0 }],
    ['ERR_TTL', { ttl: 'abc' }],
    ['ERR_TTL', { swr: -1 }],
    ['ERR_TTL', { negativeTtl: 0 }],
    ['ERR_TTL', { deadline: Number.NaN }],
    ['ERR_TAG', { tags: 'albums' }],
    ['ERR_TAG', { tags: [''] }],
    ['ERR_TAG', { tags: Array.from({ length: 65 }, (_, i) => `t${i}`) }],
  ])('%s for %j', (code, defaults) => {
    const cache = createCache();
    expect(() => defineFamily(cache, { name: 'x', ...defaults } as never)).toThrow(
      expect.objectContaining({ code }) as Error,
    );
  });

  it.each([undefined, null, {}, 'cache'])('a cache that is %s: ERR_OPTION', (cache) => {
    expect(() => defineFamily(cache as never, { name: 'x' })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION' }) as Error,
    );
  });

  it('may be a schema that is a function', async () => {
    const cache = createCache();
    const callable: StandardSchema<Album> = Object.assign(() => undefined, albumSchema);
    const albums = defineFamily(cache, { name: 'album', schema: callable });
    await cache.set('album:1', { title: 'Summer' });
    expect(await albums.get('1')).toEqual({ title: 'SUMMER' });
  });

  it('narrows the ids, and an id or owner of another kind does not compile', async () => {
    type AlbumId = string & { readonly kind?: 'album' };
    type PhotoId = string & { readonly kind?: 'photo' };
    type UserId = string & { readonly kind?: 'user' };
    const cache = createCache();
    const albums = defineFamily<Album, AlbumId>(cache, { name: 'album' });
    const photos = defineFamily<typeof albumSchema, readonly [AlbumId, PhotoId]>(cache, {
      name: 'photo',
      schema: albumSchema,
    });
    const settings = defineFamily<string, 'look', UserId>(cache, { name: 'settings', per: 'user' });
    const [album, photo, user]: [AlbumId, PhotoId, UserId] = ['7', '9', 'lena'];
    // @ts-expect-error a photo is no album
    albums.key(photo);
    // @ts-expect-error the order of an id of two segments
    photos.key([photo, album]);
    // @ts-expect-error an album owns nothing
    settings.for(album);
    // @ts-expect-error an id that is not known
    settings.for(user).key('other');
    const keys = [albums.key(album), photos.key([album, photo]), settings.for(user).key('look')];
    expect(keys).toEqual(['album:7', 'photo:7:9', 'settings:lena:look']);
  });
});

describe('what a call gives', () => {
  it('goes before what the family says, and tags are added', async () => {
    const cache = createCache();
    const albums = defineFamily<Album>(cache, { name: 'album', ttl: '1h', tags: ['albums'] });
    const value = { title: 'Summer' };
    const options = { tags: ['own', 'albums'], ttl: '2h' } as const;
    await albums.set('set', value, options);
    await albums.setIfAbsent('absent', value, options);
    await albums.getOrSet('one', () => value, options);
    await albums.getOrSetMany(['many'], async ([key = '']) => [[key, value]], options);
    for (const id of ['set', 'absent', 'one', 'many']) {
      expect((await cache.inspect(albums.key(id))).tags).toEqual(['albums', 'own']);
      expect(await cache.ttl(albums.key(id))).toBeGreaterThan(7_190);
    }
    await cache.invalidateTags(['albums']);
    expect(await cache.size()).toBe(0);
  });

  it('that is undefined is as not given', async () => {
    const cache = createCache();
    const albums = defineFamily<Album>(cache, { name: 'album', ttl: '1h', tags: ['albums'] });
    await albums.set('1', { title: 'x' }, { ttl: undefined, tags: undefined } as object);
    expect((await cache.inspect('album:1')).tags).toEqual(['albums']);
    expect(await cache.ttl('album:1')).toBeGreaterThan(3_590);
  });

  it('is refused where it makes no sense', async () => {
    const albums = defineFamily<Album>(createCache(), { name: 'album', tags: ['albums'] });
    const set = async (options: object): Promise<unknown> => albums.set('1', { title: 'x' }, options);
    await expect(set({ tags: 'own' })).rejects.toMatchObject({ code: 'ERR_TAG' });
    await expect(set({ tags: Array.from({ length: 64 }, (_, i) => `t${i}`) })).rejects.toMatchObject({
      code: 'ERR_TAG',
    });
    await expect(set({ ttl: 0 })).rejects.toMatchObject({ code: 'ERR_TTL' });
    await expect(albums.getMany('1' as never)).rejects.toMatchObject({ code: 'ERR_KEY' });
    await expect(albums.getOrSet('1', 'x' as never)).rejects.toMatchObject({ code: 'ERR_OPTION' });
  });
});

describe('a family per user', () => {
  it('has entries only for somebody', async () => {
    const cache = createCache();
    const settings = defineFamily<string>(cache, { name: 'settings', per: 'user' });
    expectTypeOf(settings).toEqualTypeOf<FamilyPer<string>>();
    expectTypeOf(settings).not.toHaveProperty('get');
    for (const nobody of [undefined, null, '', {}, NaN, 'a\ud800']) {
      expect(() => settings.for(nobody as never)).toThrow(
        expect.objectContaining({ code: 'ERR_KEY' }) as Error,
      );
    }
  });

  it('keeps users apart, whatever they are called', async () => {
    const cache = createCache();
    const settings = defineFamily<string>(cache, { name: 'settings', per: 'user' });
    const names = ['a', 'a*', 'a:b', '*', '%3A', '__proto__', 'a?'];
    for (const name of names) await settings.for(name).set('look', name);
    await settings.for('a').set(['b', 'look'], 'of a');
    for (const name of names) expect(await settings.for(name).get('look')).toBe(name);
    await settings.for('a*').clear();
    await settings.for('*').clear();
    const left = await Promise.all(names.map(async (name) => settings.for(name).get('look')));
    expect(left).toEqual(['a', undefined, 'a:b', undefined, '%3A', '__proto__', 'a?']);
  });
});

describe('values out of a shared store', () => {
  it('are what the schema makes of them, or a miss that the loader heals', async () => {
    const make = setUp();
    const raw = make();
    const cache = make();
    const albums = defineFamily(cache, { name: 'album', schema: albumSchema });
    expectTypeOf(albums).toEqualTypeOf<Family<Album>>();
    const reasons: string[] = [];
    cache.on('entry.missed', (event) => reasons.push(event.reason));
    await raw.set('album:1', { title: 'Summer' });
    expect(await albums.get('1')).toEqual({ title: 'SUMMER' });
    for (const bad of [{ title: 7 }, 'text', { title: 'throws' }]) {
      await raw.set('album:2', bad);
      expect(await albums.get('2')).toBeUndefined();
      expect(await albums.getOrSet('2', () => ({ title: 'loaded' }))).toEqual({ title: 'loaded' });
      expect(await raw.get('album:2')).toEqual({ title: 'loaded' });
    }
    expect(new Set(reasons)).toEqual(new Set(['schema']));
  });

  it('of an older version are migrated, else loaded anew; of a newer one are left alone', async () => {
    const make = setUp();
    const define = (version: number, migrate?: (value: unknown, from: number) => unknown): Family<unknown> =>
      defineFamily(make(), { name: 'album', version, ...(migrate && { migrate }) });
    const [first, second, third] = [
      define(1),
      define(2, (value, from) => ({ title: value, from })),
      define(3, () => {
        throw new Error('a migration with a bug');
      }),
    ];
    await first?.set('7', 'Summer');
    expect(await second?.get('7')).toEqual({ title: 'Summer', from: 1 });
    expect(await third?.get('7')).toBeUndefined();
    expect(await third?.getOrSet('7', () => 'of version 3')).toBe('of version 3');
    expect(await first?.get('7')).toBeUndefined();
    expect(await first?.getOrSet('7', () => 'of version 1')).toBe('of version 1');
    expect(await third?.get('7')).toBe('of version 3');
  });

  it('are validated once: the near tier has them as they are', async () => {
    const clock = new FakeClock();
    const l2 = new FaultyBackend(new MemoryBackend({ clock }), { clock, shared: true });
    await createCache({ clock, l1: false, l2 }).set('album:1', { title: 'x' });
    let validations = 0;
    const counting: StandardSchema<Album> = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value) => {
          validations += 1;
          return { value: value as Album };
        },
      },
    };
    const albums = defineFamily(createCache({ clock, l2 }), { name: 'album', schema: counting });
    await albums.get('1');
    await albums.get('1');
    expect(validations).toBe(1);
  });
});
