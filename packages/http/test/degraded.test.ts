import { type Cache, createCache, MemoryBackend } from '@keepsake/core';
import { FakeClock, FaultyBackend } from '@keepsake/core/testing';
import { httpCache } from '@keepsake/http';
import { describe, expect, it, vi } from 'vitest';
import { createEngine } from '../src/engine.ts';
import type { Verdict } from '../src/forward.ts';
import { nodeDigest } from '../src/node/node-digest.ts';
import { parseAbsoluteTarget } from '../src/request-target.ts';
import { send } from './client.ts';
import { counted, fresh } from './origin.ts';
import { ADAPTERS, start } from './subjects.ts';

const ask = () => new Request('http://a/');

describe('a store that is dead or slow is passed by (16)', () => {
  it.each(['down', 'frozen', 'lost-reply'] as const)(
    '%s: every request is answered, on both adapters',
    async (mode) => {
      for (const adapter of ADAPTERS) {
        const l2 = new FaultyBackend(new MemoryBackend());
        await using cache = createCache({ l1: false, l2 });
        l2.mode = mode;
        const handler = counted(() => fresh('page'));
        await using server = await start(adapter, handler, { cache });
        const startedAt = performance.now();
        for (let i = 0; i < 3; i += 1) expect((await send(server.port, '/a')).text).toBe('page');
        expect((await send(server.port, '/a', { method: 'POST' })).text).toBe('page');
        // Six reads at most of 250 ms each, and a removal, times three.
        expect(performance.now() - startedAt).toBeLessThan(3 * 2_000);
        l2.mode = 'up';
      }
    },
  );

  it('is used again once it is back', async () => {
    const l2 = new FaultyBackend(new MemoryBackend());
    await using cache = createCache({ l1: false, l2 });
    l2.mode = 'down';
    const handler = counted(() => fresh('page'));
    await using server = await start('node', handler, { cache });
    await send(server.port, '/a');
    l2.mode = 'up';
    await send(server.port, '/a');
    expect((await send(server.port, '/a')).isHit).toBe(true);
  });

  it('costs at most the limit where the cache itself never answers', async () => {
    const clock = new FakeClock();
    const l1 = new FaultyBackend(new MemoryBackend({ clock }), { clock });
    await using cache = createCache({ l1, clock });
    l1.mode = 'frozen';
    const engine = createEngine({ cache, clock }, nodeDigest);
    const request = { method: 'GET', target: parseAbsoluteTarget('http://a/'), fields: [] };
    let verdict: Verdict | undefined;
    const asked = engine.receive({
      request,
      isBypassed: () => false,
      enter: () => undefined,
      tagsOf: () => [],
      canRefresh: () => false,
    });
    const told = Promise.resolve(asked).then((own) => (verdict = own));
    await clock.advance(499);
    expect(verdict).toBeUndefined();
    await clock.advance(1);
    await told;
    expect(verdict?.kind).toBe('forward');
  });

  it('finds a response that a slow store is still writing', async () => {
    const l2 = new FaultyBackend(new MemoryBackend());
    await using cache = createCache({ l1: false, l2 });
    l2.delayMs = 50;
    for (const adapter of ADAPTERS) {
      const handler = counted(() => fresh('page'));
      await using server = await start(adapter, handler, { cache });
      await send(server.port, '/a');
      expect((await send(server.port, '/a')).isHit).toBe(true);
      expect(handler.runs).toBe(1);
      await send(server.port, '/a', { method: 'DELETE' });
      expect((await send(server.port, '/a')).isHit).toBe(false);
    }
  });
});

describe('time (17)', () => {
  const clocked = (
    headers: () => Record<string, string>,
  ): { clock: FakeClock; cache: Cache; get: () => Promise<Response>; fill: () => Promise<void> } => {
    const clock = new FakeClock();
    const cache = createCache({ clock });
    const handle = httpCache({ cache, clock })(() => new Response('x', { headers: headers() }));
    const get = () => handle(ask());
    /** Until it lies in the store: time must not move while it is being written. */
    const fill = async (): Promise<void> => {
      await get();
      await vi.waitFor(async () => expect(await cache.namespace('http').size()).toBe(1));
    };
    return { clock, cache, get, fill };
  };
  const isHit = (response: Response): boolean =>
    response.headers.get('cache-status')?.includes(';hit') ?? false;

  it('ends freshness exactly at the lifetime', async () => {
    const { clock, get, fill } = clocked(() => ({ 'Cache-Control': 'max-age=60' }));
    await fill();
    await clock.advance(59_999);
    const last = await get();
    expect([isHit(last), last.headers.get('age'), last.headers.get('cache-status')]).toEqual([
      true,
      '59',
      'Keepsake;hit;ttl=1',
    ]);
    await clock.advance(1);
    expect(isHit(await get())).toBe(false);
  });

  it.each([
    ['a Date far ahead', 86_400_000],
    ['no Date', undefined],
  ])('gives %s no negative age and no endless life', async (_, offsetMs) => {
    const { clock, get, fill } = clocked(() => ({
      'Cache-Control': 'max-age=60',
      ...(offsetMs !== undefined && { Date: new Date(Date.UTC(2026, 0, 1) + offsetMs).toUTCString() }),
    }));
    await fill();
    expect((await get()).headers.get('age')).toBe('0');
    await clock.advance(60_000);
    expect(isHit(await get())).toBe(false);
  });

  it('does not store what its Date says is old already', async () => {
    const { get } = clocked(() => ({ 'Cache-Control': 'max-age=60', Date: 'Mon, 01 Jan 2024 00:00:00 GMT' }));
    await get();
    expect(isHit(await get())).toBe(false);
  });

  it('is not lengthened by a wall clock that steps back', async () => {
    const { clock, get, fill } = clocked(() => ({ 'Cache-Control': 'max-age=60' }));
    await fill();
    clock.stepWall(-86_400_000);
    const hit = await get();
    expect([isHit(hit), hit.headers.get('age')]).toEqual([true, '0']);
    await clock.advance(60_000);
    expect(isHit(await get())).toBe(false);
  });

  it('a wall clock that steps ahead makes what is stored stale once, not for the rest of its TTL', async () => {
    const { clock, get, fill } = clocked(() => ({ 'Cache-Control': 'max-age=60' }));
    await fill();
    clock.stepWall(86_400_000);
    expect(isHit(await get())).toBe(false);
    expect(isHit(await get())).toBe(true);
  });
});
