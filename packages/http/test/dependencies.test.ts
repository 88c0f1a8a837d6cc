import { type Cache, createCache } from '@keepsake/core';
import { asyncTracking } from '@keepsake/core/tracking';
import { describe, expect, it } from 'vitest';
import { send as sendTo } from './client.ts';
import { gate } from './gate.ts';
import { counted, fresh, type Origin } from './origin.ts';
import { ADAPTERS, type Adapter, start } from './subjects.ts';

/** A page that is made of an album, which the handler reads through the application's own cache. */
const albumPage =
  (cache: Cache, titles: Map<string, string>): Origin =>
  async (request) => {
    const title = await cache.getOrSet('album:7', () => titles.get('7') ?? '');
    const headers: readonly (readonly [string, string])[] = [['ETag', `"${title}"`]];
    const isUnchanged = request.header('if-none-match') === `"${title}"`;
    return isUnchanged ? { status: 304, headers } : fresh(title, ...headers);
  };

const withPage = async (
  adapter: Adapter,
  work: (page: {
    get: (headers?: Record<string, string>) => Promise<string>;
    cache: Cache;
    titles: Map<string, string>;
    runs: () => number;
  }) => Promise<void>,
): Promise<void> => {
  await using cache = createCache({ tracking: asyncTracking() });
  const titles = new Map([['7', 'Summer']]);
  const handler = counted(albumPage(cache, titles));
  await using server = await start(adapter, handler, { cache });
  const get = async (headers: Record<string, string> = {}) =>
    (await sendTo(server.port, '/albums/7', { headers })).text;
  await work({ get, cache, titles, runs: () => handler.runs });
};

describe.each(ADAPTERS)('%s: what a handler reads through the cache', (adapter) => {
  it('drops its response when it changes, with no tag written by hand', async () => {
    await withPage(adapter, async ({ get, cache, titles, runs }) => {
      expect([await get(), await get()]).toEqual(['Summer', 'Summer']);
      expect(runs()).toBe(1);
      titles.set('7', 'Autumn');
      await cache.delete('album:7');
      expect([await get(), await get()]).toEqual(['Autumn', 'Autumn']);
      expect(runs()).toBe(2);
    });
  });

  it('stays with it when a validation finds it unchanged', async () => {
    await withPage(adapter, async ({ get, cache, titles, runs }) => {
      await get();
      expect(await get({ 'Cache-Control': 'no-cache' })).toBe('Summer');
      expect([await get(), runs()]).toEqual(['Summer', 2]);
      titles.set('7', 'Autumn');
      await cache.delete('album:7');
      expect(await get()).toBe('Autumn');
    });
  });

  it('keeps a response from being stored that was made of what has changed meanwhile', async () => {
    await using cache = createCache({ tracking: asyncTracking() });
    let release: () => void = () => undefined;
    const begun = gate();
    let version = 1;
    const handler: Origin = async () => {
      const made = await cache.getOrSet('v', () => version);
      if (made === 1) {
        begun.open();
        await new Promise<void>((resolve) => (release = resolve));
      }
      return fresh(`v${made}`);
    };
    await using server = await start(adapter, handler, { cache });
    const old = sendTo(server.port, '/');
    await begun.opened;
    version = 2;
    await cache.delete('v');
    release();
    expect((await old).text).toBe('v1');
    expect((await sendTo(server.port, '/')).text).toBe('v2');
  });
});

describe('a cache that does not track', () => {
  it('keeps responses as ever', async () => {
    await using cache = createCache();
    let version = 1;
    await using server = await start(
      'node',
      async () => fresh(`v${await cache.getOrSet('v', () => version)}`),
      { cache },
    );
    await sendTo(server.port, '/');
    version = 2;
    await cache.delete('v');
    expect((await sendTo(server.port, '/')).text).toBe('v1');
  });
});
