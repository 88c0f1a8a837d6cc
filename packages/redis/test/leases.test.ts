import { isMiss } from '@keepsake/core';
import { startRedis, testRedisUrl } from '@keepsake/tooling/servers';
import { afterEach, describe, expect, it } from 'vitest';
import type { RedisBackend } from '../src/index.ts';
import { eventually, makeBackend, ownPrefix, plainClient, sleep } from './harness.ts';
import { codeOf, item, look } from './items.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

const backend = (options: Parameters<typeof makeBackend>[0] = {}): RedisBackend => {
  const made = makeBackend(options);
  open.push(made);
  return made;
};

const fenceOf = async (of: RedisBackend, key: string, intent: 'fill' | 'fence' = 'fill') => {
  const read = await of.get(key, intent);
  if (!isMiss(read) || !read.fence) throw new Error('expected a miss with a fence');
  return read.fence;
};

describe('the lease to fill a key', () => {
  it('goes to one of many processes that miss at once', async () => {
    const prefix = ownPrefix();
    const all = Array.from({ length: 4 }, () => backend({ prefix }));
    const reads = await Promise.all(
      all.flatMap((one) => Array.from({ length: 10 }, async () => one.get('hot', 'fill'))),
    );
    const fences = reads.flatMap((read) => (isMiss(read) && read.fence ? [read.fence] : []));
    expect(fences).toHaveLength(1);
    expect(
      reads.every((read) => isMiss(read) && (read.fence !== undefined || (read.heldForMs ?? 0) > 0)),
    ).toBe(true);
  });

  it('is renewed while its holder works, for longer than it lasts by itself', async () => {
    const prefix = ownPrefix();
    const [holder, other] = [backend({ prefix }), backend({ prefix })];
    const fence = await fenceOf(holder, 'slow');
    await sleep(2_600);
    const read = await other.get('slow', 'fill');
    expect(isMiss(read) && read.fence).toBeUndefined();
    expect(await holder.setMany([item('slow', 'made', { condition: fence })])).toEqual(['stored']);
    expect(await look(other, 'slow')).toBe('made');
  });

  it('ends by itself within 2 s where its holder is gone, and the late fill is refused', async () => {
    const prefix = ownPrefix();
    const [gone, other] = [backend({ prefix }), backend({ prefix })];
    // A fence that is only looked at is not renewed: as that of a process that was killed or stopped.
    const old = await fenceOf(gone, 'k', 'fence');
    let next: Awaited<ReturnType<typeof fenceOf>> | undefined;
    await eventually(async () => {
      const read = await other.get('k', 'fill');
      next = isMiss(read) ? read.fence : undefined;
      return next !== undefined;
    }, 6_000);
    expect(await gone.setMany([item('k', 'late', { condition: old })])).toEqual(['fenced']);
    expect(await other.setMany([item('k', 'new', { condition: next ?? 'always' })])).toEqual(['stored']);
    expect(await look(gone, 'k')).toBe('new');
  });

  it('is given back when its holder closes', async () => {
    const prefix = ownPrefix();
    const [closing, other] = [makeBackend({ prefix }), backend({ prefix })];
    await fenceOf(closing, 'k');
    await closing.close();
    await fenceOf(other, 'k');
  });

  it('is not left behind: filled, released and cleared keys have none', async () => {
    const prefix = ownPrefix();
    const [mine, redis] = [backend({ prefix }), plainClient()];
    try {
      await mine.setMany([item('filled', 1, { condition: await fenceOf(mine, 'filled') })]);
      await mine.release([await fenceOf(mine, 'released')]);
      await fenceOf(mine, 'a{b}c');
      await fenceOf(mine, '~odd');
      await mine.clear('*');
      expect(await redis.keys(`${prefix}*`)).toEqual([`${prefix}~n:{~}`]);
    } finally {
      redis.disconnect();
    }
  });

  it('is not handed out for a key that holds a value', async () => {
    const mine = backend();
    await mine.setMany([item('k', 'v')]);
    expect(await mine.get('k', 'fill')).toMatchObject({ value: 'v' });
    await mine.increment('n', 3, 60_000);
    expect(await mine.get('n', 'fill')).toMatchObject({ value: 3 });
  });
});

describe('fault-6: what a frozen server executes after its caller has given up', () => {
  it('stores, touches, adds and leases nothing', async () => {
    await using server = await startRedis();
    const mine = backend({ url: server.url, commandTimeout: '300ms' });
    const redis = plainClient(server.url);
    try {
      await mine.setMany([
        item('kept', 'old', { life: { freshMs: 30_000, swrMs: 0, graceMs: 0, slidingMs: 0 } }),
      ]);
      await mine.increment('n', 1, 60_000);
      server.pause();
      const outcomes = await Promise.all([
        codeOf(mine.setMany([item('kept', 'zombie'), item('other', 'zombie')])),
        codeOf(mine.touch('kept', 3_600_000)),
        codeOf(mine.increment('n', 1, 60_000)),
        codeOf(mine.get('leased', 'fill')),
      ]);
      expect(outcomes).toEqual(['ERR_TIMEOUT', 'ERR_TIMEOUT', 'ERR_TIMEOUT', 'ERR_TIMEOUT']);
      server.resume();
      await eventually(() =>
        mine.connect(500).then(
          () => true,
          () => false,
        ),
      );
      // The server has read what lay in its buffers before it answers this.
      await redis.ping();
      expect(await look(mine, 'kept')).toBe('old');
      expect(await look(mine, 'other')).toBe('miss: never-set');
      expect(await look(mine, 'n')).toBe(1);
      expect(await redis.pttl((await redis.keys('*:kept'))[0] ?? '')).toBeLessThan(30_001);
      expect(await redis.keys('*leased*')).toEqual([]);
    } finally {
      redis.disconnect();
    }
  });
});

it('a fence works over a client of the caller’s too', async () => {
  const client = plainClient(testRedisUrl());
  const mine = backend({ client });
  try {
    expect(await mine.setMany([item('k', 1, { condition: await fenceOf(mine, 'k') })])).toEqual(['stored']);
  } finally {
    await mine.close();
    expect(client.status).toBe('ready');
    client.disconnect();
  }
});
