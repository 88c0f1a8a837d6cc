import type { Cache } from '@keepsake/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SearchRules } from '../src/search-rules.ts';
import { nodeDigest } from '../src/node/node-digest.ts';
import { parseAbsoluteTarget } from '../src/request-target.ts';
import { MAX_SEARCH_RULES } from '../src/limits.ts';
import { send as sendTo } from './client.ts';
import { STORES } from './caches.ts';
import { counted, fresh, type Origin } from './origin.ts';
import { type Running, start } from './subjects.ts';

const held: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of held.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

const serve = async (
  storeName: string,
  origin: Origin,
  query: 'no-vary-search' | 'none' = 'no-vary-search',
): Promise<{
  get: (path: string) => ReturnType<typeof sendTo>;
  runs: () => number;
  server: Running;
  cache: Cache;
}> => {
  const cache = STORES[storeName]?.();
  if (!cache) throw new Error('a store');
  held.push(cache);
  const handler = counted(origin);
  const server = await start('node', handler, { cache, ...(query !== 'none' && { query }) });
  held.push(server);
  return { get: (path) => sendTo(server.port, path), runs: () => handler.runs, server, cache };
};

const ignoresUtm: Origin = (r) => fresh(r.url, ['No-Vary-Search', 'key-order, params=("utm")']);

describe.each(Object.keys(STORES))('No-Vary-Search over %s', (store) => {
  it('makes URLs one that mean the same to the handler', async () => {
    const { get, runs } = await serve(store, ignoresUtm);
    expect((await get('/a?q=1&utm=x&p=2')).text).toBe('/a?q=1&utm=x&p=2');
    await vi.waitFor(async () => expect((await get('/a?p=2&q=1')).isHit).toBe(true));
    expect((await get('/a?utm=y&p=2&q=1')).text).toBe((await get('/a?p=2&q=1')).text);
    const before = runs();
    expect((await get('/a?q=2')).text).toBe('/a?q=2');
    expect(runs()).toBe(before + 1);
  });

  it('and a write, and a purge, to any of them ends what they share', async () => {
    let version = 1;
    const { get, server } = await serve(store, (r) =>
      r.method === 'GET' ? fresh(`v${version}`, ['No-Vary-Search', 'params=("utm")']) : { status: 204 },
    );
    await get('/a?utm=1');
    await vi.waitFor(async () => expect((await get('/a')).isHit).toBe(true));
    version = 2;
    await sendTo(server.port, '/a?utm=2', { method: 'POST' });
    expect((await get('/a?utm=3')).text).toBe('v2');
    await vi.waitFor(async () => expect((await get('/a')).isHit).toBe(true));
    version = 3;
    await server.purge({ url: `${server.url}/a?utm=4` });
    expect((await get('/a')).text).toBe('v3');
  });
});

describe('a response answers for the queries that it names itself', () => {
  it('and for its own alone where it names none, whatever others of its path say', async () => {
    const { get } = await serve('memory', (r) =>
      r.url.includes('own') ? fresh(r.url) : fresh(r.url, ['No-Vary-Search', 'params=("utm")']),
    );
    await get('/a?utm=1');
    for (const path of ['/a?own=1&utm=1', '/a?own=1&utm=2', '/a?own=1&utm=1']) {
      expect((await get(path)).text).toBe(path);
    }
  });

  it('and not at all where the option is not set', async () => {
    const { get, runs } = await serve('memory', ignoresUtm, 'none');
    await get('/a?utm=1');
    await get('/a?utm=2');
    expect(runs()).toBe(2);
  });
});

describe('rules that are kept in mind', () => {
  it('are so many at most', async () => {
    const cache = STORES['memory']?.();
    if (!cache) throw new Error('a store');
    held.push(cache);
    const rules = new SearchRules(cache, nodeDigest);
    for (let i = 0; i < MAX_SEARCH_RULES * 1.5; i += 1) {
      const target = parseAbsoluteTarget(`http://a/${i}`);
      if (target) await rules.learn(target);
    }
    expect(rules.size).toBe(MAX_SEARCH_RULES);
  });

  it.each([[{}], [null], ['x'], [{ keyOrder: true, ignored: [1], except: [] }], [{ keyOrder: true }]])(
    '%j out of the store is none',
    async (value) => {
      const cache = STORES['memory']?.();
      const target = parseAbsoluteTarget('http://a/x?utm=1');
      if (!cache || !target) throw new Error('a store');
      held.push(cache);
      const path = JSON.stringify(['http', 'a', '/x']);
      await cache.set(['search', String(nodeDigest.hex(path))], value);
      const rules = new SearchRules(cache, nodeDigest);
      await rules.learn(target);
      expect(rules.canonical(target)).toBe('utm=1');
    },
  );
});
