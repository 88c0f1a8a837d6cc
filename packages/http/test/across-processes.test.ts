import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import { type Cache, createCache, systemClock } from '@keepsake/core';
import { RedisBackend, RedisBus } from '@keepsake/redis';
import { testRedisUrl } from '@keepsake/tooling/servers';
import { afterEach, describe, expect, it } from 'vitest';
import { FillSeats } from '../src/fill-seat.ts';
import { MAX_SEATS } from '../src/limits.ts';
import { send, type Send } from './client.ts';
import { gate } from './gate.ts';
import { counted, fresh, type Origin } from './origin.ts';
import { type Running, start } from './subjects.ts';

const PATIENCE_S = 5;
const held: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of held.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

/** What a process of its own would have: its own memory, connections and leases. */
const process = (namespace: string): Cache => {
  const cache = createCache({
    namespace,
    l2: new RedisBackend({ url: testRedisUrl(), commandTimeout: PATIENCE_S }),
    bus: new RedisBus({ url: testRedisUrl() }),
    l2Timeout: PATIENCE_S,
  });
  held.push(cache);
  return cache;
};

/** Two processes that serve the same. */
const twins = async (origin: Origin): Promise<{ handler: Origin & { runs: number }; both: Running[] }> => {
  const namespace = `http-twins-${randomUUID()}`;
  const handler = counted(origin);
  const both: Running[] = [];
  for (const adapter of ['node', 'fetch'] as const) {
    const cache = process(namespace);
    // A store that is still being connected to is passed by.
    await cache.connect({ timeout: 10 });
    const server = await start(adapter, handler, { cache });
    held.push(server);
    both.push(server);
  }
  return { handler, both };
};

const ask = ({ port }: Running, path: string, init?: Send) => send(port, path, { ...init });

describe('two processes over one Redis', () => {
  it.each<[string, number, () => ReturnType<Origin>]>([
    ['JSON', 1_000, () => fresh('{"a":1}', ['Content-Type', 'application/json'])],
    ['bytes', 200, () => ({ ...fresh(''), body: Buffer.alloc(5_000, 7) })],
    ['a stream', 200, () => ({ ...fresh(''), body: trickle() })],
  ])('misses of one URL run the handler once: %s, %i of them', async (_, length, gives) => {
    const { handler, both } = await twins(async () => {
      await after(200);
      return gives();
    });
    const asked = Array.from({ length }, (_each, i) => both[i % 2]).filter((one) => one !== undefined);
    const answers = await Promise.all(asked.map((one) => ask(one, '/a', { headers: { Host: 'a.example' } })));
    const [first] = answers;
    expect(answers.every(({ status, body }) => status === 200 && body.equals(first?.body ?? body))).toBe(
      true,
    );
    expect(handler.runs).toBe(1);
  });

  const get = (one: Running | undefined, path = '/a', headers: Record<string, string> = {}) => {
    if (!one) throw new Error('two processes');
    return ask(one, path, { headers: { Host: 'a.example', ...headers } });
  };

  it('what the one has found to vary, each variant is made once', async () => {
    const { handler, both } = await twins(async (request) => {
      await after(100);
      return fresh(request.header('x-a') ?? '', ['Vary', 'X-A']);
    });
    const values = Array.from({ length: 24 }, (_, i) => String(i % 3));
    const answers = await Promise.all(values.map((value, i) => get(both[i % 2], '/a', { 'X-A': value })));
    expect(answers.map(({ text }) => text)).toEqual(values);
    // The first of all finds out; a process that waited for it then looks for its own variant.
    expect(handler.runs).toBe(3);
  });

  it('a handler that takes longer than a lease is waited for, and its response stored', async () => {
    const { handler, both } = await twins(async () => {
      await after(2_600);
      return fresh('slow');
    });
    const [one, two] = both;
    const answers = await Promise.all([get(one), after(100).then(() => get(two))]);
    expect(answers.map(({ text }) => text)).toEqual(['slow', 'slow']);
    expect(handler.runs).toBe(1);
    expect((await get(two)).isHit).toBe(true);
  });

  it('where the one fails the other leads', async () => {
    const { handler, both } = await twins(async () => {
      const isFirst = handler.runs === 1;
      await after(200);
      if (isFirst) throw new Error('the first fails');
      return fresh('fine');
    });
    const [one, two] = both;
    const failed = get(one).catch(() => undefined);
    await after(50);
    expect((await get(two)).text).toBe('fine');
    await failed;
    expect(handler.runs).toBe(2);
  });

  it('what is not to be shared is made by each', async () => {
    const { handler, both } = await twins(async () => {
      await after(100);
      return { headers: [['Cache-Control', 'private']], body: String(handler.runs) };
    });
    await Promise.all(both.map((one) => get(one)));
    expect(handler.runs).toBe(2);
  });

  it('what was made before a write that the other served is not stored after it', async () => {
    const [begun, release] = [gate(), gate()];
    let version = 1;
    const { both } = await twins(async ({ method }) => {
      if (method !== 'GET') return { status: 204 };
      const made = `v${version}`;
      if (version === 1) {
        begun.open();
        await release.opened;
      }
      return fresh(made);
    });
    const [one, two] = both;
    const old = get(one);
    await begun.opened;
    version = 2;
    if (two) await ask(two, '/a', { method: 'POST', headers: { Host: 'a.example' } });
    release.open();
    expect((await old).text).toBe('v1');
    // Within the cache's bound on staleness, for the other process has to hear of it.
    await expect.poll(async () => (await get(one)).text).toBe('v2');
    expect((await get(two)).text).toBe('v2');
  });
});

describe('seats', () => {
  it('are so many at most, leave the loads of handlers their places, and come back', async () => {
    await using cache = createCache({ maxConcurrentLoads: MAX_SEATS + 1 });
    const seats = new FillSeats(cache, systemClock);
    const taken = await Promise.all(Array.from({ length: MAX_SEATS * 3 }, (_, i) => seats.take(`k${i}`)));
    const own = taken.filter((one) => one !== undefined);
    expect([own.length, seats.taken]).toEqual([MAX_SEATS, MAX_SEATS]);
    expect(await cache.getOrSet('inner', () => 1)).toBe(1);
    for (const one of own) if ('seat' in one) one.seat.leave();
    await expect.poll(() => seats.taken).toBe(0);
    expect(await cache.size()).toBe(1);
  });

  it('a second end counts for nothing', async () => {
    await using cache = createCache();
    const seating = await new FillSeats(cache, systemClock).take('k');
    if (!seating || !('seat' in seating)) throw new Error('a seat');
    await seating.seat.fill({ value: 'v', ttl: 60, tags: [] });
    seating.seat.leave();
    expect(await cache.get('k')).toBe('v');
  });
});

async function* trickle(): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < 5; i += 1) {
    await after(5);
    yield Buffer.alloc(1_000, i);
  }
}
