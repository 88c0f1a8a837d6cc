import { isMiss } from '@keepsake/core';
import { FakeClock } from '@keepsake/core/testing';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RedisBackend } from '../src/index.ts';
import { makeBackend, ownPrefix, plainClient } from './harness.ts';
import { entryAt, FOREVER, item, look, MINUTE } from './items.ts';

let prefix: string;
let redis: Redis;
let backend: RedisBackend;

beforeEach(async () => {
  prefix = ownPrefix();
  redis = plainClient();
  backend = makeBackend({ prefix });
  await backend.connect(10_000);
});
afterEach(async () => {
  await backend.close();
  redis.disconnect();
});

const fenceOf = async (key: string) => {
  const read = await backend.get(key, 'fill');
  if (!isMiss(read) || !read.fence) throw new Error('expected a miss with a fence');
  return read.fence;
};

const record = (tag: string): string => `${prefix}~t:{~}:${tag}`;
const counter = (): string => `${prefix}~n:{~}`;

describe('tags', () => {
  it('cost one record each, however many entries carry them, and no list of keys', async () => {
    await backend.setMany(
      Array.from({ length: 300 }, (_, i) => item(`k${i}`, i, { tags: ['all', `odd${i % 2}`] })),
    );
    await backend.invalidateTags(['all'], 'delete');
    const helpers = (await redis.keys(`${prefix}~*`)).sort();
    expect(helpers).toEqual([counter(), record('all'), record('odd0'), record('odd1')].sort());
    expect(await redis.strlen(record('all'))).toBeLessThan(40);
  });

  it('of an unknown name leave nothing behind', async () => {
    await backend.invalidateTags(
      Array.from({ length: 1_200 }, (_, i) => `never-used-${i}`),
      'delete',
    );
    expect(await redis.keys(`${prefix}*`)).toEqual([counter()]);
  });

  it('whose record was evicted bring no dead value back, before and after it is made again', async () => {
    await backend.setMany([item('dead', 'old', { tags: ['t'] })]);
    await backend.invalidateTags(['t'], 'delete');
    await redis.del(record('t'));
    expect(await look(backend, 'dead')).toBe('miss: tag');
    await backend.setMany([item('new', 'v', { tags: ['t'] })]);
    expect(await look(backend, 'new')).toBe('v');
    expect(await look(backend, 'dead')).toBe('miss: tag');
  });

  it('whose counter was lost, as in a failover, bring no dead value back', async () => {
    await backend.setMany([item('dead', 'old', { tags: ['t'] })]);
    const fence = await fenceOf('filled');
    await backend.invalidateTags(['t'], 'delete');
    await redis.del(counter());
    await backend.setMany([item('filled', 'old', { tags: ['t'], condition: fence })]);
    expect(await look(backend, 'dead')).toBe('miss: tag');
    expect(await look(backend, 'filled')).toMatch(/^miss/);
    await backend.invalidateTags(['t'], 'delete');
    await backend.setMany([item('dead', 'new', { tags: ['t'] })]);
    expect(await look(backend, 'dead')).toBe('new');
  });

  it('never repeat a number, however fast they are invalidated', async () => {
    const numbers = new Set<string>();
    await backend.setMany([item('k', 1, { tags: ['t'] })]);
    for (let i = 0; i < 50; i += 1) {
      await Promise.all(Array.from({ length: 10 }, () => backend.invalidateTags(['t'], 'delete')));
      numbers.add((await redis.get(counter())) ?? '');
    }
    expect(numbers.size).toBe(50);
    expect([...numbers]).toEqual([...numbers].sort());
    // A server whose clock was set back: the last number is ahead of it.
    await redis.set(counter(), '8000000000000000');
    await backend.invalidateTags(['t'], 'delete');
    expect(await redis.get(counter())).toBe('8000000000000001');
    expect(await redis.get(record('t'))).toBe('8000000000000001 0');
  });

  it('that the loader adds late refuse a fill when anything was invalidated meanwhile, and only the first', async () => {
    const early = await fenceOf('k');
    await backend.invalidateTags(['unrelated'], 'delete');
    expect(await backend.setMany([item('k', 'v', { tags: ['late'], condition: early })])).toEqual(['fenced']);
    const again = await fenceOf('k');
    await backend.invalidateTags(['unrelated'], 'delete');
    expect(await backend.setMany([item('k', 'v', { tags: ['late'], condition: again })])).toEqual(['stored']);
    expect(await look(backend, 'k')).toBe('v');
  });

  it('keep their records as long as the longest entry', async () => {
    await backend.setMany([item('a', 1, { tags: ['t'] })]);
    expect(await redis.pttl(record('t'))).toBeGreaterThan(60_000);
    await backend.setMany([item('b', 1, { tags: ['t'], life: { ...MINUTE, freshMs: 3_600_000 } })]);
    await backend.setMany([item('a', 1, { tags: ['t'] })]);
    expect(await redis.pttl(record('t'))).toBeGreaterThan(3_600_000);
    expect(await backend.touch('a', 7_200_000)).toBe(true);
    expect(await redis.pttl(record('t'))).toBeGreaterThan(7_200_000);
    await backend.setMany([item('c', 1, { tags: ['t'], life: FOREVER })]);
    expect(await redis.pttl(record('t'))).toBe(-1);
    await backend.invalidateTags(['t'], 'delete');
    expect(await redis.pttl(record('t'))).toBe(-1);
  });

  it('dead by their tags, entries are absent to setIfAbsent, touch, fill and increment', async () => {
    await backend.setMany([item('k', 'old', { tags: ['t'] }), item('n', 7, { tags: ['t'] })]);
    await backend.invalidateTags(['t'], 'delete');
    expect(await backend.touch('k', Infinity)).toBe(false);
    expect(await backend.setMany([item('k', 'made', { condition: await fenceOf('k') })])).toEqual(['stored']);
    await backend.setMany([item('k', 'old', { tags: ['t'] })]);
    expect(await backend.setMany([item('k', 'x', { condition: 'absent', tags: ['t'] })])).toEqual([
      'present',
    ]);
    await backend.invalidateTags(['t'], 'delete');
    expect(await backend.setMany([item('k', 'new', { condition: 'absent' })])).toEqual(['stored']);
    expect(await look(backend, 'k')).toBe('new');
    expect(await backend.increment('n', 1, 60_000)).toBe(1);
  });

  it('expired, leave an entry stale from the moment of the invalidation', async () => {
    const life = { freshMs: 60_000, swrMs: 5_000, graceMs: 30_000, slidingMs: 0 };
    await backend.setMany([
      item('k', 'v', { tags: ['t'], life }),
      item('f', 'v', { tags: ['t'], life: FOREVER }),
    ]);
    await backend.invalidateTags(['t'], 'expire');
    const at = performance.now();
    const entry = await entryAt(backend, 'k');
    expect(Math.abs(entry.freshUntil - at)).toBeLessThan(1_500);
    expect(Math.round(entry.swrUntil - entry.freshUntil)).toBe(5_000);
    expect(Math.round(entry.graceUntil - entry.freshUntil)).toBe(30_000);
    expect(await look(backend, 'f')).toBe('miss: tag');
  });
});

describe('fault-22: the wall clock of a process', () => {
  it('says nothing about an entry: two processes an hour apart agree', async () => {
    // The backend never asks for wall time; its monotonic clock may start anywhere.
    const now = performance.now();
    const ahead = new FakeClock(now + 3_600_000, Date.now() + 3_600_000);
    const other = makeBackend({ prefix, clock: ahead });
    await other.connect(10_000);
    await other.setMany([item('k', 'v', { ageMs: 1_000 })]);
    const [here, there] = [await entryAt(backend, 'k'), await entryAt(other, 'k')];
    expect(there.freshUntil - here.freshUntil).toBeGreaterThan(3_598_000);
    expect(there.freshUntil - here.freshUntil).toBeLessThan(3_602_000);
    expect(there.freshUntil - ahead.now()).toBeGreaterThan(55_000);
    expect(there.freshUntil - ahead.now()).toBeLessThan(62_000);
    await other.close();
  });
});
