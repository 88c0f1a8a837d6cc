import { createCache, MemoryBackend } from '@keepsake/core';
import { FakeClock, FaultyBackend } from '@keepsake/core/testing';
import { metricsHandler, shutdownCache, startupCache, statsHandler } from '@keepsake/http';
import { describe, expect, it } from 'vitest';

describe('startupCache', () => {
  it('connects and warms', async () => {
    await using cache = createCache();
    const outcome = await startupCache(cache, { warm: (own) => own.set('a', 1) });
    expect(outcome).toEqual({ connected: true });
    expect(await cache.get('a')).toBe(1);
  });

  it('starts without a store that cannot be reached, and says why; required, it rejects', async () => {
    const l2 = new FaultyBackend(new MemoryBackend());
    l2.mode = 'down';
    await using cache = createCache({ l2 });
    const outcome = await startupCache(cache, { timeout: 0.1 });
    expect(outcome.connected).toBe(false);
    expect(outcome.error).toBeInstanceOf(Error);
    await expect(startupCache(cache, { timeout: 0.1, required: true })).rejects.toThrow('connect');
  });

  it('tells a warming that failed from a connection that did', async () => {
    await using cache = createCache();
    const error = new Error('no data');
    const fail = () => Promise.reject(error);
    expect(await startupCache(cache, { warm: fail })).toEqual({ connected: true, error });
    await expect(startupCache(cache, { warm: fail, required: true })).rejects.toBe(error);
  });
});

describe('shutdownCache', () => {
  it('closes', async () => {
    const cache = createCache();
    expect(await shutdownCache(cache)).toEqual({ closed: true });
  });

  it('does not wait longer than it is told to', async () => {
    const clock = new FakeClock();
    const l2 = new FaultyBackend(new MemoryBackend());
    const cache = createCache({ l2 });
    let end: () => void = () => undefined;
    l2.close = () => new Promise<void>((resolve) => (end = resolve));
    const closing = shutdownCache(cache, { clock });
    await clock.advance(2_000);
    expect(await closing).toEqual({ closed: false });
    end();
  });
});

describe('arguments that make no sense', () => {
  it.each<[string, unknown[], string]>([
    ['no cache', [undefined], 'ERR_HTTP_OPTION'],
    ['a Map', [new Map()], 'ERR_HTTP_OPTION'],
    ['a misspelt option', [createCache(), { timout: 1 }], 'ERR_HTTP_OPTION'],
    ['options of null', [createCache(), null], 'ERR_HTTP_OPTION'],
    ['a number for options', [createCache(), 5], 'ERR_HTTP_OPTION'],
    ['a timeout in words', [createCache(), { timeout: 'long' }], 'ERR_TTL'],
    ['no time at all', [createCache(), { timeout: 0 }], 'ERR_TTL'],
  ])('%s: rejected, though a store never is', async (_, given, code) => {
    for (const call of [startupCache, shutdownCache] as unknown[]) {
      const rejected = (call as (...all: unknown[]) => Promise<unknown>)(...given);
      await expect(rejected).rejects.toMatchObject({ code });
    }
  });

  it('is refused by startupCache of its own options, and by the reports of no cache', async () => {
    await using cache = createCache();
    for (const options of [{ required: 'yes' }, { warm: 1 }]) {
      const rejected = startupCache(cache, options as never);
      await expect(rejected).rejects.toMatchObject({ code: 'ERR_HTTP_OPTION' });
    }
    for (const make of [statsHandler, metricsHandler]) {
      expect(() => make(undefined as never)).toThrow(/^cache: expected .*createCache/);
    }
  });
});

describe('reports', () => {
  it('give the eight figures as flat JSON, in their order', async () => {
    await using cache = createCache();
    await cache.set('a', 1);
    await cache.get('a');
    await cache.get('b');
    const response = await statsHandler(cache)();
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).toBe(
      '{"hits":1,"misses":1,"total_requests":2,"hit_rate":"50.00%","sets":1,"deletes":0,"errors":0,"db_size":1}',
    );
  });

  it('answer GET and HEAD only', async () => {
    await using cache = createCache();
    const stats = statsHandler(cache);
    expect(await (await stats(new Request('http://a/', { method: 'HEAD' }))).text()).toBe('');
    const refused = await stats(new Request('http://a/', { method: 'POST' }));
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('give Prometheus its text, with the label escaped', async () => {
    await using cache = createCache({ name: 'a"b\\' });
    await cache.get('x');
    const response = await metricsHandler(cache)();
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = await response.text();
    expect(text).toContain(
      '# TYPE keepsake_misses_total counter\nkeepsake_misses_total{cache="a\\"b\\\\"} 1\n',
    );
    expect(text.endsWith('\n')).toBe(true);
  });
});
