import {
  type BackendFence,
  type Cache,
  type CacheOptions,
  type CaptureMode,
  createCache,
  type Entry,
  MemoryBackend,
  type Miss,
  type ReadIntent,
} from '@keepsake/core';
import { defineFamily, type Family, type StandardSchema } from '@keepsake/core/families';
import { FakeClock, FaultyBackend, recordEvents } from '@keepsake/core/testing';
import { describe, expect, it } from 'vitest';

interface Album {
  readonly title: string;
}

type Validate = StandardSchema<Album>['~standard']['validate'];

const schemaOf = (validate: Validate): StandardSchema<Album> => ({
  '~standard': { version: 1, vendor: 'test', validate },
});

/** Lets through what has a title that is a text. */
const titled = schemaOf((value) =>
  typeof (value as { title?: unknown } | null)?.title === 'string'
    ? { value: value as Album }
    : { issues: [{}] },
);

const never = (): Promise<never> => new Promise(() => undefined);

/** A far tier during whose calls something else happens first. */
class InterruptedBackend extends FaultyBackend {
  /** Done once, before the next call of this name. */
  interruption: { call: 'get' | 'capture' | 'getMany'; work: () => Promise<unknown> } | undefined;

  override async get(key: string, intent: ReadIntent): Promise<Entry | Miss> {
    await this.#interrupt('get');
    return super.get(key, intent);
  }

  override async getMany(keys: readonly string[], intent: ReadIntent): Promise<readonly (Entry | Miss)[]> {
    await this.#interrupt('getMany');
    return super.getMany(keys, intent);
  }

  override async capture(key: string, mode: CaptureMode): Promise<BackendFence | undefined> {
    await this.#interrupt('capture');
    return super.capture(key, mode);
  }

  async #interrupt(call: string): Promise<void> {
    const { interruption } = this;
    if (interruption?.call !== call) return;
    this.interruption = undefined;
    await interruption.work();
  }
}

/** Processes that have a far tier in common. */
const setUp = (): { clock: FakeClock; far: InterruptedBackend; make: (options?: CacheOptions) => Cache } => {
  const clock = new FakeClock();
  const far = new InterruptedBackend(new MemoryBackend({ clock }), { clock, shared: true });
  return { clock, far, make: (options) => createCache({ clock, l2: far, ...options }) };
};

describe('a value of a newer version', () => {
  const define = (
    make: (options?: CacheOptions) => Cache,
  ): { old: Family<string>; next: Family<string> } => ({
    old: defineFamily<string>(make(), { name: 'album', version: 1, ttl: '10s', swr: '1h' }),
    next: defineFamily<string>(make({ l1: false }), { name: 'album', version: 2 }),
  });

  it('is left alone by a forced refresh of an older process, which gets its own', async () => {
    const { old, next } = define(setUp().make);
    await next.set('7', 'of version 2');
    expect(await old.getOrSet('7', () => 'of version 1', { forceRefresh: true })).toBe('of version 1');
    expect(await old.get('7')).toBe('of version 1'); // for as long as a read may be stale
    expect(await next.get('7')).toBe('of version 2');
  });

  it.each(['capture', 'get'] as const)('is left alone where it comes during the %s of one', async (call) => {
    const { far, make } = setUp();
    const { old, next } = define(make);
    far.interruption = { call, work: () => next.set('7', 'of version 2') };
    expect(await old.getOrSet('7', () => 'of version 1', { forceRefresh: true })).toBe('of version 1');
    expect(far.interruption).toBeUndefined();
    expect(await next.get('7')).toBe('of version 2');
  });

  it('is left alone where it comes while a stale value of an older one is being refreshed', async () => {
    const { clock, far, make } = setUp();
    const { old, next } = define(make);
    await old.set('7', 'old');
    await clock.advance(20_000);
    far.interruption = { call: 'capture', work: () => next.set('7', 'of version 2') };
    expect(await old.getOrSet('7', () => 'of version 1')).toBe('old');
    await clock.advance(0);
    expect(far.interruption).toBeUndefined();
    expect(await next.get('7')).toBe('of version 2');
  });

  it('is replaced by a set, which says what is so from now on', async () => {
    const { old, next } = define(setUp().make);
    await next.set('7', 'of version 2');
    expect(await old.set('7', 'of version 1')).toBe(true);
    expect(await old.get('7')).toBe('of version 1');
    expect(await next.get('7')).toBeUndefined();
  });
});

it('a forced refresh replaces what lies in L1 while L2 cannot be asked', async () => {
  const { far, make } = setUp();
  const cache = make();
  await cache.set('k', 'old');
  far.mode = 'down';
  expect(await cache.getOrSet('k', () => 'new', { forceRefresh: true })).toBe('new');
  expect(await cache.get('k')).toBe('new');
});

describe('a schema or a migration', () => {
  it.each([
    ['a schema that never answers', { schema: schemaOf(never) }],
    ['a migration that never answers', { version: 1, migrate: never }],
  ])('%s holds nobody up for longer than l2Timeout, and is told', async (_, form) => {
    const { clock, make } = setUp();
    await make({ l1: false }).set('album:7', { title: 'Summer' });
    const cache = make();
    const albums = defineFamily<Album>(cache, { name: 'album', ...form });
    const told = recordEvents(cache, ['entry.rejected', 'entry.missed']);
    const calls = [
      albums.get('7'),
      albums.getOrSet('7', () => ({ title: 'loaded' })),
      albums.getMany(['7']),
      albums.has('7'),
    ] as const;
    const settled = Promise.all(calls);
    await clock.advance(250);
    expect(await Promise.race([settled, clock.advance(1).then(() => 'too late')])).toEqual([
      undefined,
      { title: 'loaded' },
      new Map(),
      false,
    ]);
    expect(told.events.filter(({ name }) => name === 'entry.rejected').map(({ event }) => event)).toEqual(
      Array.from(calls, () => expect.objectContaining({ key: 'album:7', reason: 'schema' }) as unknown),
    );
    expect(told.events.filter(({ name }) => name === 'entry.missed').map(({ event }) => event)).toEqual(
      ['schema', 'schema', 'schema'].map((reason) => expect.objectContaining({ reason }) as unknown),
    );
  });

  it('that answers late, or fails late, does no harm', async () => {
    const { clock, make } = setUp();
    await make({ l1: false }).set('album:7', { title: 'Summer' });
    const settle: ((late: () => never) => void)[] = [];
    const late = schemaOf(async () =>
      new Promise((resolve) => settle.push(resolve as never)).then((work) => (work as () => never)()),
    );
    const albums = defineFamily(make(), { name: 'album', schema: late });
    const loaded = albums.getOrSet('7', () => ({ title: 'loaded' }));
    await clock.advance(250);
    expect(await loaded).toEqual({ title: 'loaded' });
    for (const go of settle)
      go(() => {
        throw new Error('late');
      });
    await clock.advance(0);
    expect(await albums.get('7')).toEqual({ title: 'loaded' });
  });

  it('that throws is told as such; one that refuses is not', async () => {
    const { make } = setUp();
    const raw = make({ l1: false });
    const cache = make();
    const told = recordEvents(cache, ['entry.rejected']);
    const bug = (): never => {
      throw new Error('a bug');
    };
    await raw.setMany({ 'a:1': 1, 'b:1': 1, 'c:1': 1 });
    expect(await defineFamily(cache, { name: 'a', schema: schemaOf(bug) }).get('1')).toBeUndefined();
    expect(await defineFamily(cache, { name: 'b', version: 1, migrate: bug }).get('1')).toBeUndefined();
    expect(await defineFamily(cache, { name: 'c', schema: titled }).get('1')).toBeUndefined();
    expect(told.events.map(({ event }) => event.key)).toEqual(['a:1', 'b:1']);
  });

  it('that edits what it is given leaves the stored value as it is', async () => {
    const { make } = setUp();
    const raw = make({ l1: false });
    const shout = (value: unknown): Album => Object.assign(value as Album, { title: 'EDITED' });
    await raw.setMany({ 'a:1': { title: 'Summer' }, 'b:1': { title: 'Summer' } });
    const options = { l1: false } as const;
    const migrated = defineFamily<Album>(make(options), { name: 'a', version: 1, migrate: shout });
    const validated = defineFamily(make(options), {
      name: 'b',
      schema: schemaOf((value) => ({ value: shout(value) })),
    });
    for (const family of [migrated, validated]) expect(await family.get('1')).toEqual({ title: 'EDITED' });
    expect(await raw.get('a:1')).toEqual({ title: 'Summer' });
    expect(await raw.get('b:1')).toEqual({ title: 'Summer' });
  });
});

describe('what the family has not accepted is not served, though it lies in L1', () => {
  const bad = { name: 'no title' };
  const ways: [string, (cache: Cache, raw: Cache, twin: Cache) => Promise<unknown>][] = [
    ['a plain get', (cache) => cache.get('album:7')],
    ['a plain getMany', (cache) => cache.getMany(['album:7'])],
    ['a plain getOrSet', (cache) => cache.getOrSet('album:7', () => bad)],
    ['a plain set', (cache) => cache.set('album:7', bad, { grace: '1h' })],
    [
      'a plain set with a fence',
      async (cache, raw) => {
        await raw.delete('album:7');
        const { fence } = await cache.inspect('album:7');
        await cache.set('album:7', bad, { fence });
      },
    ],
    ['another family', (_, __, twin) => defineFamily(twin, { name: 'album' }).get('7')],
  ];

  it.each(ways)('put there by %s', async (_, put) => {
    const { make } = setUp();
    const raw = make({ l1: false }).namespace('n');
    await raw.set('album:7', bad);
    for (const read of [
      async (albums: Family<Album>) => albums.get('7'),
      async (albums: Family<Album>) => (await albums.getMany(['7'])).get('album:7'),
      async (albums: Family<Album>) => ((await albums.has('7')) ? bad : undefined),
    ]) {
      const root = make();
      const cache = root.namespace('n');
      await put(cache, raw, root.namespace('n'));
      expect(await read(defineFamily(cache, { name: 'album', schema: titled }))).toBeUndefined();
      expect(await cache.get('album:7')).toEqual(bad);
    }
    for (const load of [
      async (albums: Family<Album>) => albums.getOrSet('7', () => ({ title: 'loaded' })),
      async (albums: Family<Album>) =>
        (await albums.getOrSetMany(['7'], async () => [['album:7', { title: 'loaded' }]])).get('album:7'),
    ]) {
      await raw.set('album:7', bad);
      const root = make();
      const cache = root.namespace('n');
      await put(cache, raw, root.namespace('n'));
      const albums = defineFamily(cache, { name: 'album', schema: titled });
      expect(await load(albums)).toEqual({ title: 'loaded' });
      expect(await albums.get('7')).toEqual({ title: 'loaded' });
    }
  });

  it('not even as stale, while L2 is down and the loader fails', async () => {
    const { clock, far, make } = setUp();
    const cache = make();
    const albums = defineFamily(cache, { name: 'album', schema: titled });
    await cache.set('album:7', bad, { ttl: '1s', grace: '1h' });
    await albums.set('8', { title: 'kept' }, { ttl: '1s', grace: '1h' });
    await clock.advance(2_000);
    far.mode = 'down';
    const fail = (): never => {
      throw new Error('database');
    };
    await expect(albums.getOrSet('7', fail)).rejects.toThrow('database');
    expect(await albums.getOrSet('8', fail)).toEqual({ title: 'kept' });
  });

  it('nor what a plain load that is under way finds', async () => {
    const { clock, far, make } = setUp();
    await make({ l1: false }).set('album:7', bad);
    const cache = make();
    const albums = defineFamily(cache, { name: 'album', schema: titled });
    far.delayMs = 100;
    const plain = cache.getOrSet('album:7', () => 'plain');
    const one = albums.getOrSet('7', () => ({ title: 'loaded' }));
    const many = albums.getOrSetMany(['7'], async ([key = '']) => [[key, { title: 'loaded' }]]);
    await clock.advance(1_000);
    expect(await plain).toEqual(bad);
    expect(await one).toEqual({ title: 'loaded' });
    expect((await many).get('album:7')).toEqual({ title: 'loaded' });
  });

  it('and where L1 is all there is, it is validated at each read', async () => {
    const cache = createCache();
    const albums = defineFamily(cache, {
      name: 'album',
      schema: titled,
      version: 1,
      migrate: (value) => value,
    });
    const reasons: string[] = [];
    cache.on('entry.missed', ({ reason }) => reasons.push(reason));
    await cache.setMany({ 'album:1': bad, 'album:2': { title: 'Summer' } });
    expect([await albums.get('1'), await albums.has('1'), await albums.get('2')]).toEqual([
      undefined,
      false,
      { title: 'Summer' },
    ]);
    expect(await albums.getOrSet('1', () => ({ title: 'loaded' }))).toEqual({ title: 'loaded' });
    expect(await cache.get('album:1')).toEqual({ title: 'loaded' });
    expect(reasons).toEqual(['schema', 'schema']);
  });

  it('but what it accepted, loaded or set is served without asking L2 again', async () => {
    const { far, make } = setUp();
    let validations = 0;
    const counting = schemaOf((value) => {
      validations += 1;
      return titled['~standard'].validate(value);
    });
    const raw = make({ l1: false });
    await raw.set('album:1', { title: 'one' });
    const cache = make();
    const albums = defineFamily(cache, { name: 'album', schema: counting });
    await cache.get('album:1'); // the family looks past this copy once
    await albums.get('1');
    await albums.set('2', { title: 'two' });
    await albums.getOrSet('3', () => ({ title: 'three' }));
    expect(validations).toBe(1);
    const asked = far.calls.length;
    for (const id of ['1', '2', '3']) {
      expect(await albums.get(id)).toBeDefined();
      expect(await albums.getOrSet(id, () => ({ title: 'again' }))).not.toEqual({ title: 'again' });
    }
    expect([validations, far.calls.length]).toEqual([1, asked]);
  });
});
