import { type Cache, createCache, MemoryBackend } from '@keepsake/core';
import { FakeClock, FaultyBackend, memoryBus } from '@keepsake/core/testing';
import { asyncTracking } from '@keepsake/core/tracking';
import { describe, expect, it } from 'vitest';

/** A page made of an album, which is made of a user; the source of each can change. */
const setUp = (
  cache: Cache,
): { source: Record<string, string>; page: () => Promise<string>; made: () => number } => {
  const source = { user: 'Lena', album: 'Summer' };
  let made = 0;
  const user = (): Promise<string> => cache.getOrSet('user:1', () => source.user, { tags: ['users'] });
  const album = (): Promise<string> =>
    cache.getOrSet(['album', 7], async () => `${source.album} of ${await user()}`);
  const page = (): Promise<string> =>
    cache.namespace('pages').getOrSet('start', async () => {
      made += 1;
      return `<h1>${await album()}</h1>`;
    });
  return { source, page, made: () => made };
};

const tracked = (): Cache => createCache({ tracking: asyncTracking() });

describe('what is made of cached values', () => {
  it.each([
    ['delete', (cache: Cache) => cache.delete('user:1')],
    ['set', (cache: Cache) => cache.set('user:1', 'Mia')],
    ['expire', (cache: Cache) => cache.expire('user:1')],
    ['clear', (cache: Cache) => cache.clear('user:*')],
    ['a tag', (cache: Cache) => cache.invalidateTags(['users'])],
  ])('goes with it: %s', async (_, change) => {
    const cache = tracked();
    const { source, page, made } = setUp(cache);
    expect(await page()).toBe('<h1>Summer of Lena</h1>');
    source['user'] = 'Mia';
    expect(await page()).toBe('<h1>Summer of Lena</h1>');
    await change(cache);
    expect(await page()).toBe('<h1>Summer of Mia</h1>');
    expect(made()).toBe(2);
  });

  it('stays when something else changes', async () => {
    const cache = tracked();
    const { page, made } = setUp(cache);
    await page();
    await cache.set('user:2', 'Kim');
    await cache.delete('album:8');
    await cache.invalidateTags(['other']);
    await page();
    expect(made()).toBe(1);
  });

  it('stays when what it is made of expires or is refreshed with the same', async () => {
    const clock = new FakeClock();
    const cache = createCache({ clock, tracking: asyncTracking(), ttl: '1h' });
    let made = 0;
    const part = (): Promise<string> => cache.getOrSet('part', () => 'same', { ttl: 1 });
    const whole = (): Promise<string> =>
      cache.getOrSet('whole', async () => {
        made += 1;
        return part();
      });
    await whole();
    await clock.advance(5_000);
    await part();
    await whole();
    expect(made).toBe(1);
  });

  it('a key that was read as a miss counts, too', async () => {
    const cache = tracked();
    const greeting = (): Promise<string> =>
      cache.getOrSet('greeting', async () => `Hello ${(await cache.get<string>('name')) ?? 'stranger'}`);
    expect(await greeting()).toBe('Hello stranger');
    await cache.set('name', 'Lena');
    expect(await greeting()).toBe('Hello Lena');
  });

  it('is not stored if what it read changed while it was made', async () => {
    const cache = tracked();
    await cache.set('part', 'old');
    const whole = (change: boolean): Promise<unknown> =>
      cache.getOrSet('whole', async () => {
        const seen = await cache.get('part');
        if (change) await cache.set('part', 'new');
        return seen;
      });
    expect(await whole(true)).toBe('old');
    expect(await whole(false)).toBe('new');
  });

  it('depends on the part even where it joined the load of the part', async () => {
    const cache = tracked();
    let source = 'old';
    const part = (): Promise<string> =>
      cache.getOrSet('part', async () => {
        await new Promise((resolve) => setImmediate(resolve));
        return source;
      });
    const whole = (): Promise<string> => cache.getOrSet('whole', part);
    await Promise.all([part(), whole()]);
    source = 'new';
    await cache.delete('part');
    expect(await whole()).toBe('new');
  });

  it('more dependencies than an entry can carry tags: returned, not stored, and told', async () => {
    const cache = tracked();
    const reasons: string[] = [];
    cache.on('entry.rejected', (event) => reasons.push(event.reason));
    const sum = (count: number): Promise<number> =>
      cache.getOrSet(`sum:${count}`, async () => {
        await Promise.all(Array.from({ length: count }, (_, i) => cache.get(`part:${i}`)));
        return count;
      });
    expect([await sum(64), await sum(65)]).toEqual([64, 65]);
    expect(reasons).toEqual(['dependencies']);
    expect([await cache.has('sum:64'), await cache.has('sum:65')]).toEqual([true, false]);
  });

  it('is dropped in other processes as well', async () => {
    const clock = new FakeClock();
    const bus = memoryBus({ clock });
    const l2 = new MemoryBackend({ clock });
    const make = (): Cache => createCache({ clock, l2, bus, tracking: asyncTracking() });
    const [one, other] = [make(), make()];
    await clock.advance(10);
    const { source, page } = setUp(other);
    await page();
    source['user'] = 'Mia';
    await one.set('user:1', 'Mia');
    await clock.advance(10);
    expect(await page()).toBe('<h1>Summer of Mia</h1>');
  });

  it('works over a store that knows nothing of key tags', async () => {
    const clock = new FakeClock();
    const far = new FaultyBackend(new MemoryBackend({ clock }), { clock, shared: true, keyTags: false });
    const cache = createCache({ clock, l1: false, l2: far, tracking: asyncTracking() });
    const { source, page } = setUp(cache);
    await page();
    source['user'] = 'Mia';
    await cache.delete('user:1');
    expect(await page()).toBe('<h1>Summer of Mia</h1>');
    source['album'] = 'Autumn';
    await cache.set('album:7', 'Autumn of Mia');
    expect(await page()).toBe('<h1>Autumn of Mia</h1>');
  });
});

describe('track', () => {
  it('gives what was read as tags that any namespace can store with', async () => {
    const cache = tracked();
    await cache.set('k', 1, { tags: ['t'] });
    const pages = cache.namespace('pages');
    const { value, tags } = await pages.track(() => cache.get('k'));
    expect(value).toBe(1);
    expect(tags).toEqual(['#k', '##t']);
    expect((await cache.track(() => cache.get('k'))).tags).toEqual(['#k', 't']);
    for (const change of [() => cache.delete('k'), () => cache.invalidateTags(['t'])]) {
      await cache.set('k', 1, { tags: ['t'] });
      await pages.set('page', 'made of k', { tags });
      expect(await pages.has('page')).toBe(true);
      await change();
      expect(await pages.has('page')).toBe(false);
    }
  });

  it('is refused without tracking, and so is the invalidation of a dependency by name', async () => {
    const cache = createCache();
    await expect(cache.track(async () => 1)).rejects.toMatchObject({ code: 'ERR_OPTION' });
    await expect(cache.invalidateTags(['#k'])).rejects.toMatchObject({ code: 'ERR_TAG' });
  });

  it('within a loader leaves the loader depending on what was read, even where it fails', async () => {
    const cache = tracked();
    await cache.set('part', 'old');
    const whole = (): Promise<string> =>
      cache.getOrSet('whole', async () => {
        const failing = cache.track(async () => {
          await cache.get('other');
          throw new Error('in the part');
        });
        await failing.catch(() => undefined);
        return (await cache.track(() => cache.get<string>('part'))).value ?? '';
      });
    expect(await whole()).toBe('old');
    await cache.set('part', 'new');
    expect(await whole()).toBe('new');
    await cache.set('other', 1);
    expect(await cache.has('whole')).toBe(false);
  });
});
