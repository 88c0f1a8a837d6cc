import type { BackendFence } from '@keepsake/core';
import { startRedis, testRedisUrl } from '@keepsake/tooling/servers';
import { afterEach, describe, expect, it } from 'vitest';
import { MAX_LISTENING } from '../src/fill-waits.ts';
import type { RedisBackend } from '../src/index.ts';
import { KeySpace } from '../src/key-space.ts';
import { eventually, ownPrefix } from './harness.ts';
import { item, look } from './items.ts';
import { backend, client, closeAll, fenceOf, isWaitedFor, listeningAt, LONG_MS } from './waiting.ts';

afterEach(closeAll);

/** What ends a lease, and what the key holds then. */
const ENDS: readonly (readonly [string, (holder: RedisBackend, fence: BackendFence) => unknown, unknown])[] =
  [
    ['a fill', (holder, fence) => holder.setMany([item('k', 'made', { condition: fence })]), 'made'],
    ['a release', (holder, fence) => holder.release([fence]), 'miss: never-set'],
    [
      'a release, twice',
      async (holder, fence) => {
        await holder.release([fence]);
        await holder.release([fence]);
      },
      'miss: never-set',
    ],
    ['a set', (holder) => holder.setMany([item('k', 'set')]), 'set'],
    ['a delete', (holder) => holder.removeMany(['k'], 'delete'), 'miss: never-set'],
    ['an expire', (holder) => holder.removeMany(['k'], 'expire'), 'miss: never-set'],
    ['a clear', (holder) => holder.clear('*'), 'miss: never-set'],
    ['an increment', (holder) => holder.increment('k', 1, 60_000), 1],
    [
      'a fill that is too large',
      (holder, fence) => holder.setMany([item('k', 'too large', { condition: fence, maxBytes: 1 })]),
      'miss: never-set',
    ],
  ];

describe('a wait for the fill of another process', () => {
  describe.each(ENDS)('that ends by %s', (_, end, then) => {
    /** The end comes before or after the SUBSCRIBE of the waiting process: in both cases before its last look. */
    it.each(['before', 'after'] as const)('%s it has subscribed', async (moment) => {
      const prefix = ownPrefix();
      const holder = backend({ prefix });
      const fence = await fenceOf(holder, 'k');
      let ended: Promise<unknown> | undefined;
      const listening = listeningAt(testRedisUrl(), async (send) => {
        if (moment === 'before') await (ended ??= Promise.resolve(end(holder, fence)));
        const reply = await send();
        await (ended ??= Promise.resolve(end(holder, fence)));
        return reply;
      });
      const waiting = backend({ prefix, client: listening });
      await waiting.waitForFill('k', LONG_MS);
      expect(await look(waiting, 'k')).toBe(then);
    });

    it('while it waits', async () => {
      const prefix = ownPrefix();
      const [holder, waiting, redis] = [backend({ prefix }), backend({ prefix }), client()];
      const fence = await fenceOf(holder, 'k');
      const woken = waiting.waitForFill('k', LONG_MS);
      await eventually(() => isWaitedFor(redis, prefix, 'k'));
      await end(holder, fence);
      await woken;
      expect(await look(waiting, 'k')).toBe(then);
    });
  });

  it('lasts while the lease is renewed, and its holder may fill', async () => {
    const prefix = ownPrefix();
    const [holder, waiting] = [backend({ prefix }), backend({ prefix })];
    const fence = await fenceOf(holder, 'k');
    await waiting.waitForFill('k', 2_600);
    expect(await waiting.get('k', 'fill')).toMatchObject({ heldForMs: expect.any(Number) as number });
    expect(await holder.setMany([item('k', 'made', { condition: fence })])).toEqual(['stored']);
  });

  it('goes on for a new holder where the fence is taken', async () => {
    const prefix = ownPrefix();
    const [holder, taker, waiting, redis] = [
      backend({ prefix }),
      backend({ prefix }),
      backend({ prefix }),
      client(),
    ];
    const old = await fenceOf(holder, 'k');
    let isWoken = false;
    const woken = waiting.waitForFill('k', LONG_MS).then(() => (isWoken = true));
    await eventually(() => isWaitedFor(redis, prefix, 'k'));
    const fence = await taker.capture('k', 'take');
    expect(await holder.setMany([item('k', 'old', { condition: old })])).toEqual(['fenced']);
    expect(isWoken).toBe(false);
    await taker.setMany([item('k', 'new', { condition: fence ?? 'always' })]);
    await woken;
    expect(await look(waiting, 'k')).toBe('new');
  });

  it('wakes every process that waits, and each key’s own', async () => {
    const prefix = ownPrefix();
    const [holder, redis] = [backend({ prefix }), client()];
    const fences = [await fenceOf(holder, 'a'), await fenceOf(holder, 'b')];
    const all = Array.from({ length: 5 }, () => backend({ prefix }));
    const woken: string[] = [];
    const waits = all.flatMap((one) =>
      ['a', 'b'].map(async (key) => {
        await one.waitForFill(key, LONG_MS);
        woken.push(key);
      }),
    );
    await eventually(async () => {
      const names = ['a', 'b'].map((key) => new KeySpace(prefix).lease(key));
      return (await redis.pubsub('NUMSUB', ...names)).filter((count) => count === 5).length === 2;
    });
    await holder.release(fences.slice(0, 1));
    await eventually(() => woken.length === 5);
    expect(new Set(woken)).toEqual(new Set(['a']));
    await holder.release(fences.slice(1));
    await Promise.all(waits);
  });
});

describe('what waits cost', () => {
  it('nothing is published for a fill that nobody waits for', async () => {
    await using server = await startRedis();
    const mine = backend({ url: server.url });
    const redis = client(server.url);
    for (const [, end] of ENDS) {
      await end(mine, await fenceOf(mine, 'k'));
      await mine.removeMany(['k'], 'delete');
    }
    expect(await redis.info('commandstats')).not.toMatch(/cmdstat_(publish|append|subscribe)/);
    expect(await redis.call('CLIENT', 'LIST', 'TYPE', 'pubsub')).toBe('');
  });

  it(`at most ${MAX_LISTENING} channels are listened to, and all that was waited for goes on`, async () => {
    const prefix = ownPrefix();
    const [other, waiting, redis] = [backend({ prefix }), backend({ prefix }), client()];
    const keys = Array.from({ length: 10 * MAX_LISTENING }, (_, i) => `k${i}`);
    const leases = keys.map((key) => new KeySpace(prefix).lease(key));
    await redis.mset(leases.flatMap((lease) => [lease, 'f-held']));
    const listened = async (): Promise<number> => (await redis.pubsub('CHANNELS', `${prefix}*`)).length;
    const waits: Promise<void>[] = [];
    while (waits.length < MAX_LISTENING) {
      // Some at a time: a busy machine confirms a thousand subscriptions too late.
      for (const key of keys.slice(waits.length, waits.length + 100))
        waits.push(waiting.waitForFill(key, LONG_MS));
      await eventually(async () => (await listened()) === waits.length);
    }
    for (const key of keys.slice(waits.length)) waits.push(waiting.waitForFill(key, 1_000));
    await Promise.all(waits.slice(MAX_LISTENING));
    expect(await listened()).toBe(MAX_LISTENING);
    await other.removeMany(keys.slice(0, MAX_LISTENING), 'delete');
    await Promise.all(waits);
    await eventually(async () => (await listened()) === 0);
    await redis.unlink(...leases);
  });
});
