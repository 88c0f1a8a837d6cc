import { type CacheBackend, createCache, MemoryBackend } from '@keepsake/core';
import { describe, expect, it } from 'vitest';

/** A store that makes each answer anew, as one behind a network does. */
const bytesStore = (): CacheBackend => {
  const inner = new MemoryBackend();
  const anew = <T>(found: T): T => structuredClone(found);
  const own: Partial<CacheBackend> = {
    name: 'bytes',
    capabilities: { ...inner.capabilities, serializes: true },
    get: (key, intent) => anew(inner.get(key, intent)),
    getMany: (keys, intent) => keys.map((key) => anew(inner.get(key, intent))),
  };
  return new Proxy(inner, {
    get: (target, name) => {
      const value: unknown = own[name as keyof CacheBackend] ?? Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
};

describe('a value that comes out of a store as bytes', () => {
  const setUp = async () => {
    const cache = createCache({ l1: false, l2: bytesStore() });
    await cache.set('k', { list: [1] });
    return cache;
  };
  const load = (): { list: number[] } => {
    throw new Error('not to be called');
  };

  it('is each caller’s own without another copy, where no memory lies in front', async () => {
    const cache = await setUp();
    const first = await cache.get<{ list: number[] }>('k');
    first?.list.push(2);
    const second = await cache.getOrSet('k', load);
    second.list.push(3);
    expect(await cache.get('k')).toEqual({ list: [1] });
  });

  it('is each caller’s own where several wait for one read', async () => {
    const cache = await setUp();
    const [one, other] = await Promise.all([cache.getOrSet('k', load), cache.getOrSet('k', load)]);
    one.list.push(2);
    expect(other).toEqual({ list: [1] });
    other.list.push(3);
    expect(one).toEqual({ list: [1, 2] });
  });

  it('is not the one that memory keeps, where memory lies in front', async () => {
    const l2 = bytesStore();
    await createCache({ l1: false, l2 }).set('k', { list: [1] });
    const cache = createCache({ l2, staleness: '10m' });
    const first = await cache.getOrSet('k', load);
    first.list.push(2);
    expect(await cache.get('k')).toEqual({ list: [1] });
    const second = await cache.get<{ list: number[] }>('k');
    second?.list.push(3);
    expect(await cache.getOrSet('k', load)).toEqual({ list: [1] });
  });
});
