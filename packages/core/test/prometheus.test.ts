import { createCache, MemoryBackend } from '@keepsake/core';
import { cacheMetrics } from '@keepsake/core/prometheus';
import { FakeClock, FaultyBackend } from '@keepsake/core/testing';
import { register as globalRegister, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';

/** The samples of a scrape, by name with labels. */
const scrape = async (register: { metrics(): Promise<string> }): Promise<Record<string, number>> =>
  Object.fromEntries(
    (await register.metrics())
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const at = line.lastIndexOf(' ');
        return [line.slice(0, at), Number(line.slice(at + 1))];
      }),
  );

describe('cacheMetrics', () => {
  it('shows at each scrape what stats() says', async () => {
    const register = new Registry();
    const cache = createCache({ name: 'photos' });
    cacheMetrics(cache, { register });
    await cache.set('a', 'text');
    await cache.get('a');
    await cache.get('b');
    await cache.getOrSet('c', () => 1);
    await cache.delete('a');
    const stats = await cache.stats();
    const samples = await scrape(register);
    const read = (name: string, labels = ''): number | undefined =>
      samples[`keepsake_cache_${name}{cache="photos"${labels}}`];
    expect(read('requests_total', ',outcome="hit"')).toBe(1);
    expect(read('requests_total', ',outcome="miss"')).toBe(2);
    expect(read('requests_total', ',outcome="stale"')).toBe(0);
    expect(read('tier_hits_total', ',tier="l1"')).toBe(1);
    expect(read('sets_total')).toBe(stats.sets);
    expect(read('deletes_total')).toBe(1);
    expect(read('loads_total')).toBe(1);
    expect(read('entries')).toBe(stats.db_size);
    expect(read('memory_usage_bytes')).toBe(stats.bytes);
    expect(stats.bytes).toBeGreaterThan(0);
    expect(read('staleness_limit_seconds')).toBe(0);
    expect(read('misses_total', ',reason="never-set"')).toBe(2);
    await cache.get('c');
    expect((await scrape(register))['keepsake_cache_requests_total{cache="photos",outcome="hit"}']).toBe(2);
  });

  it('gives each metric its type, its help and a name with unit or _total', async () => {
    const register = new Registry();
    cacheMetrics(createCache(), { register, families: true });
    const text = await register.metrics();
    const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type]) => [name, type]);
    expect(types.length).toBeGreaterThan(10);
    for (const [name = '', type] of types) {
      expect(name).toMatch(/^keepsake_cache_[a-z_0-9]+$/);
      expect(name.endsWith('_total')).toBe(type === 'counter');
      expect(text).toMatch(new RegExp(`^# HELP ${name} \\S.+\\.$`, 'm'));
    }
    expect(types).toContainEqual(['keepsake_cache_load_duration_seconds', 'histogram']);
    expect(types).toContainEqual(['keepsake_cache_memory_usage_bytes', 'gauge']);
  });

  it('has loads in a histogram of seconds, by outcome', async () => {
    const register = new Registry();
    const clock = new FakeClock();
    const cache = createCache({ clock });
    cacheMetrics(cache, { register });
    const name = 'keepsake_cache_load_duration_seconds';
    expect((await scrape(register))[`${name}_count{cache="default",outcome="failure"}`]).toBe(0);
    const wait = (ms: number): Promise<void> => new Promise((resolve) => clock.setTimer(resolve, ms));
    const good = cache.getOrSet('a', () => wait(40).then(() => 1));
    const bad = cache.getOrSet('b', () => wait(2_000).then(() => Promise.reject(new Error('down'))));
    bad.catch(() => undefined);
    await clock.advance(2_000);
    await Promise.allSettled([good, bad]);
    const samples = await scrape(register);
    expect(samples[`${name}_sum{cache="default",outcome="success"}`]).toBeCloseTo(0.04);
    expect(samples[`${name}_bucket{le="0.025",cache="default",outcome="success"}`]).toBe(0);
    expect(samples[`${name}_bucket{le="0.05",cache="default",outcome="success"}`]).toBe(1);
    expect(samples[`${name}_count{cache="default",outcome="failure"}`]).toBe(1);
    expect(samples[`${name}_sum{cache="default",outcome="failure"}`]).toBeCloseTo(2);
  });

  it('counts what is rare in a healthy cache by event, tier and reason', async () => {
    const register = new Registry();
    const l2 = new FaultyBackend(new MemoryBackend());
    const cache = createCache({ l1: false, l2, maxValueBytes: 100 });
    cacheMetrics(cache, { register });
    await cache.set('big', 'x'.repeat(1_000));
    await cache.invalidateTags(['a']);
    l2.mode = 'down';
    await cache.get('a');
    const samples = await scrape(register);
    const labels = Object.keys(samples).filter((name) => name.startsWith('keepsake_cache_events_total'));
    expect(labels).toEqual([
      'keepsake_cache_events_total{cache="default",event="entry.rejected",reason="too-large"}',
      'keepsake_cache_events_total{cache="default",event="tag.invalidated"}',
      expect.stringMatching(/event="backend.failed",tier="l2",reason="get\w*"/),
    ]);
    expect(samples[labels[0] ?? '']).toBe(1);
  });

  it('keeps several caches apart, by their names or by given ones', async () => {
    const register = new Registry();
    const photos = createCache({ name: 'photos' });
    const people = createCache({ name: 'people' });
    const stop = cacheMetrics([photos, people], { register });
    await people.get('a');
    const samples = await scrape(register);
    expect(samples['keepsake_cache_requests_total{cache="photos",outcome="miss"}']).toBe(0);
    expect(samples['keepsake_cache_requests_total{cache="people",outcome="miss"}']).toBe(1);
    stop();
    cacheMetrics({ all: photos, thumbs: photos.namespace('thumbs') }, { register });
    await photos.namespace('thumbs').get('x');
    const again = await scrape(register);
    expect(again['keepsake_cache_requests_total{cache="all",outcome="miss"}']).toBe(1);
    expect(Object.keys(again).some((name) => name.includes('"people"'))).toBe(false);
  });

  it('has families only on request, and never a key', async () => {
    const register = new Registry();
    const cache = createCache();
    const stop = cacheMetrics(cache, { register });
    await cache.get('user:lena@example.org');
    expect(await register.metrics()).not.toMatch(/lena|"user"/);
    stop();
    cacheMetrics(cache, { register, families: true });
    const samples = await scrape(register);
    expect(
      samples['keepsake_cache_family_requests_total{cache="default",family="user",outcome="miss"}'],
    ).toBe(1);
    expect(await register.metrics()).not.toContain('lena');
  });

  it('asks each cache once a scrape, however many metrics there are', async () => {
    const register = new Registry();
    const cache = createCache();
    let asked = 0;
    cacheMetrics(
      {
        name: 'counted',
        on: (name, listener) => cache.on(name, listener),
        stats: () => {
          asked += 1;
          return cache.stats();
        },
      },
      { register },
    );
    await register.metrics();
    expect(asked).toBe(1);
    await register.metrics();
    expect(asked).toBe(2);
  });

  it('stays whole when two scrapes run at once', async () => {
    const register = new Registry();
    const cache = createCache();
    cacheMetrics(cache, { register });
    await cache.get('a');
    const [first, second] = await Promise.all([scrape(register), scrape(register)]);
    expect(first).toEqual(second);
    expect(first?.['keepsake_cache_requests_total{cache="default",outcome="miss"}']).toBe(1);
  });

  it('takes its metrics out of the register when it ends', async () => {
    const cache = createCache();
    const stop = cacheMetrics(cache);
    expect(await globalRegister.metrics()).toContain('keepsake_cache_requests_total');
    stop();
    expect(await globalRegister.metrics()).not.toContain('keepsake');
    cacheMetrics(cache)();
  });

  it('speaks OpenMetrics where the register does', async () => {
    const register = new Registry();
    register.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
    const stop = cacheMetrics(createCache(), { register });
    const text = await register.metrics();
    expect(text).toContain('keepsake_cache_sets_total{cache="default"} 0');
    expect(text).toContain('# TYPE keepsake_cache_sets counter');
    stop();
    expect(register.getMetricsAsArray()).toEqual([]);
  });

  it('refuses names that are taken, and leaves nothing half done', async () => {
    const register = new Registry();
    const cache = createCache();
    const refused = expect.objectContaining({ code: 'ERR_OPTION' });
    cacheMetrics(cache, { register });
    const before = await register.metrics();
    expect(() => cacheMetrics(createCache({ name: 'other' }), { register })).toThrowError(refused);
    expect(await register.metrics()).toBe(before);
    cacheMetrics(createCache({ name: 'other' }), { register, prefix: 'app_' });
    expect(await register.metrics()).toContain('app_sets_total{cache="other"} 0');
    expect(() => cacheMetrics([cache, createCache()], { register: new Registry() })).toThrowError(refused);
    expect(() => cacheMetrics(cache, { register: new Registry(), prefix: '1-' })).toThrowError(refused);
  });
});
