import { getEventListeners } from 'node:events';
import { createCache, MemoryBackend } from '@keepsake/core';
import { coalesce, type LoadBatch } from '@keepsake/core/coalesce';
import { FakeClock, FaultyBackend } from '@keepsake/core/testing';
import { describe, expect, it } from 'vitest';

/** A batch loader that notes its calls and gives `v:<key>`, when it is let go. */
const recording = (): {
  calls: string[][];
  signals: AbortSignal[];
  loadMany: LoadBatch<string>;
  /** Lets the oldest call that waits give its values, or fail. */
  finish: (error?: unknown) => void;
} => {
  const calls: string[][] = [];
  const signals: AbortSignal[] = [];
  const waiting: ((error?: unknown) => void)[] = [];
  return {
    calls,
    signals,
    loadMany: (keys, { signal }) => {
      calls.push(keys);
      signals.push(signal);
      return new Promise((resolve, reject) => {
        waiting.push((error) =>
          error === undefined ? resolve(keys.map((key) => [key, `v:${key}`] as const)) : reject(error),
        );
      });
    },
    finish: (error) => waiting.shift()?.(error),
  };
};

const valuesOf = (keys: readonly string[]): Map<string, string> =>
  new Map(keys.map((key) => [key, `v:${key}`]));

const endOfTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const never = new AbortController().signal;

describe('coalesced loads of a cache', () => {
  it.each([
    ['memory', () => createCache()],
    ['two tiers', () => createCache({ l2: new MemoryBackend() })],
    ['a far tier only', () => createCache({ l1: false, l2: new MemoryBackend() })],
  ])('ask once for 100 keys that are wanted in one tick, on %s', async (_, make) => {
    const cache = make();
    const calls: string[][] = [];
    const load = coalesce((keys) => {
      calls.push(keys);
      return valuesOf(keys);
    });
    const values = await Promise.all(
      Array.from({ length: 100 }, (__, id) => cache.getOrSet(['album', id], load)),
    );
    expect(calls.map((keys) => keys.length)).toEqual([100]);
    expect(values).toEqual(Array.from({ length: 100 }, (__, id) => `v:album:${id}`));
    expect(await cache.get('album:99')).toBe('v:album:99');
    expect(await cache.stats()).toMatchObject({ loads: 100, sets: 100 });
    await cache.close();
  });

  it('ask once where callers come to their loader after a different number of awaits', async () => {
    const cache = createCache();
    const { calls, loadMany, finish } = recording();
    const load = coalesce(loadMany);
    const get = async (id: number): Promise<unknown> => {
      for (let turn = 0; turn < id * 10; turn += 1) await Promise.resolve();
      return cache.getOrSet(['k', id], load);
    };
    const all = Promise.all([get(0), get(1), get(2)]);
    await endOfTurn();
    await endOfTurn();
    expect(calls).toEqual([['k:0', 'k:1', 'k:2']]);
    finish();
    expect(await all).toEqual(['v:k:0', 'v:k:1', 'v:k:2']);
  });

  it('are stored each under its own fence: what was deleted meanwhile is loaded anew by a new call', async () => {
    const cache = createCache();
    const { calls, loadMany, finish } = recording();
    const load = coalesce(loadMany);
    const first = Promise.all([cache.getOrSet('a', load), cache.getOrSet('b', load)]);
    await endOfTurn();
    await endOfTurn();
    expect(calls).toEqual([['a', 'b']]);
    await cache.delete('a');
    const late = cache.getOrSet('a', load);
    await endOfTurn();
    await endOfTurn();
    expect(calls).toEqual([['a', 'b'], ['a']]); // the call under way read before the delete
    finish();
    await first;
    expect(await cache.get('a')).toBeUndefined();
    expect(await cache.get('b')).toBe('v:b');
    finish();
    expect(await late).toBe('v:a');
    expect(await cache.get('a')).toBe('v:a');
  });

  it('keep their own hard timeout, and the batch is aborted when all have left', async () => {
    const clock = new FakeClock();
    const cache = createCache({ clock });
    const { calls, signals, loadMany, finish } = recording();
    const load = coalesce(loadMany, { clock, waitMs: 5 });
    const short = cache.getOrSet('a', load, { hardTimeout: 1 }).catch((error: unknown) => error);
    const long = cache.getOrSet('b', load, { hardTimeout: 2 }).catch((error: unknown) => error);
    await clock.advance(1_000);
    expect(calls).toEqual([['a', 'b']]);
    expect(await short).toMatchObject({ code: 'ERR_TIMEOUT' });
    expect(signals[0]?.aborted).toBe(false);
    await clock.advance(1_000);
    expect(await long).toMatchObject({ code: 'ERR_TIMEOUT' });
    expect(signals[0]?.reason).toMatchObject({ code: 'ERR_TIMEOUT' });
    finish(); // an answer that nobody waits for disturbs nobody
    await clock.advance(1);
    expect(await cache.stats()).toMatchObject({ sets: 0 });
  });

  it('go on for the others when one caller gives up', async () => {
    const cache = createCache();
    const { signals, loadMany, finish } = recording();
    const load = coalesce(loadMany);
    const leaver = new AbortController();
    const left = cache.getOrSet('a', load, { signal: leaver.signal }).catch((error: unknown) => error);
    const stays = cache.getOrSet('b', load);
    await endOfTurn();
    await endOfTurn();
    const reason = new Error('gone');
    leaver.abort(reason);
    expect(await left).toBe(reason);
    expect(signals[0]?.aborted).toBe(false);
    finish();
    expect(await stays).toBe('v:b');
    expect(await cache.get('a')).toBeUndefined();
  });

  it('come in as many calls as the bulkhead lets through at once', async () => {
    const cache = createCache({ maxConcurrentLoads: 3 });
    const calls: string[][] = [];
    const load = coalesce((keys) => {
      calls.push(keys);
      return valuesOf(keys);
    });
    const values = await Promise.all(Array.from({ length: 9 }, (_, id) => cache.getOrSet(['k', id], load)));
    expect(values).toEqual(Array.from({ length: 9 }, (_, id) => `v:k:${id}`));
    expect(Math.max(...calls.map((keys) => keys.length))).toBe(3);
    expect(calls.flat()).toHaveLength(9);
  });

  it('serve stale values inside their grace when the batch fails', async () => {
    const clock = new FakeClock();
    const cache = createCache({ clock, ttl: 10, grace: 100 });
    let isDown = false;
    const load = coalesce<string>(
      (keys) => {
        if (isDown) throw new Error('down');
        return valuesOf(keys);
      },
      { clock, waitMs: 1 },
    );
    const first = Promise.all(['a', 'b'].map((key) => cache.getOrSet(key, load)));
    await clock.advance(1);
    await first;
    isDown = true;
    await clock.advance(20_000);
    const stale = Promise.all(['a', 'b'].map((key) => cache.getOrSet(key, load)));
    await clock.advance(1);
    expect(await stale).toEqual(['v:a', 'v:b']);
  });

  it('are remembered as absent where the batch leaves a key out and negativeTtl is set', async () => {
    const cache = createCache({ negativeTtl: 60 });
    const calls: string[][] = [];
    const load = coalesce<string>((keys) => {
      calls.push(keys);
      return [];
    });
    expect(await cache.getOrSet('ghost', load)).toBeUndefined();
    expect(await cache.getOrSet('ghost', load)).toBeUndefined();
    expect(calls).toEqual([['ghost']]);
  });

  it('still come together behind a far tier that is slow', async () => {
    const clock = new FakeClock();
    const l2 = new FaultyBackend(new MemoryBackend({ clock }), { clock, shared: true });
    l2.delayMs = 20;
    const cache = createCache({ clock, l2 });
    const calls: string[][] = [];
    const load = coalesce(
      (keys) => {
        calls.push(keys);
        return valuesOf(keys);
      },
      { clock, waitMs: 2 },
    );
    const all = Promise.all(['a', 'b', 'c'].map((key) => cache.getOrSet(key, load)));
    await clock.advance(200);
    expect(await all).toEqual(['v:a', 'v:b', 'v:c']);
    expect(calls).toEqual([['a', 'b', 'c']]);
  });
});

describe('a coalesced loader', () => {
  it('rejects every load of a batch with the error of the batch itself', async () => {
    const failure = new Error('db');
    const load = coalesce(() => Promise.reject(failure));
    const results = await Promise.allSettled(['a', 'b'].map((key) => load({ key, signal: never })));
    expect(results).toEqual([
      { status: 'rejected', reason: failure },
      { status: 'rejected', reason: failure },
    ]);
  });

  it('rejects one key alone with the Error that stands for it, and gives undefined for one left out', async () => {
    const denied = new Error('denied');
    const load = coalesce<string>(
      () =>
        new Map<string, string | Error>([
          ['a', 'value'],
          ['b', denied],
          ['never asked', 'x'],
        ]),
    );
    const results = await Promise.allSettled(['a', 'b', 'c'].map((key) => load({ key, signal: never })));
    expect(results).toEqual([
      { status: 'fulfilled', value: 'value' },
      { status: 'rejected', reason: denied },
      { status: 'fulfilled', value: undefined },
    ]);
  });

  it.each([
    ['a list of values, as for DataLoader', ['x', 'y']],
    ['nothing', undefined],
    ['an object', { a: 1 }],
    ['pairs without a key', [[1, 'x']]],
  ])('rejects ERR_LOADER when the batch gives %s', async (_, result) => {
    const load = coalesce(() => result as unknown as [string, string][]);
    await expect(load({ key: 'a', signal: never })).rejects.toMatchObject({ code: 'ERR_LOADER' });
  });

  it('passes on what a generator throws half way', async () => {
    const load = coalesce<string>(function* () {
      yield ['a', 'value'];
      throw new Error('half way');
    });
    const results = await Promise.allSettled(['a', 'b'].map((key) => load({ key, signal: never })));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('sends a full batch off at once and the rest when its time has come', async () => {
    const clock = new FakeClock();
    const calls: string[][] = [];
    const load = coalesce(
      (keys) => {
        calls.push(keys);
        return valuesOf(keys);
      },
      { maxBatch: 4, waitMs: 50, clock },
    );
    const all = Promise.all(Array.from({ length: 10 }, (_, id) => load({ key: `k${id}`, signal: never })));
    await clock.advance(0);
    expect(calls.map((keys) => keys.length)).toEqual([4, 4]);
    await clock.advance(50);
    expect(calls.map((keys) => keys.length)).toEqual([4, 4, 2]);
    expect(await all).toHaveLength(10);
  });

  it('never asks for more keys than maxBatch, with ten times as many', async () => {
    const calls: string[][] = [];
    const load = coalesce((keys) => {
      calls.push(keys);
      return valuesOf(keys);
    });
    await Promise.all(Array.from({ length: 10_000 }, (_, id) => load({ key: `k${id}`, signal: never })));
    expect(calls.map((keys) => keys.length)).toEqual(Array.from({ length: 10 }, () => 1_000));
  });

  it('waits waitMs from the first load on, and puts late arrivals into the next batch', async () => {
    const clock = new FakeClock();
    const { calls, loadMany, finish } = recording();
    const load = coalesce(loadMany, { waitMs: 10, clock });
    const first = load({ key: 'a', signal: never });
    await clock.advance(9);
    const second = load({ key: 'b', signal: never });
    expect(calls).toEqual([]);
    await clock.advance(1);
    expect(calls).toEqual([['a', 'b']]);
    const late = load({ key: 'a', signal: never });
    await clock.advance(10);
    expect(calls).toEqual([['a', 'b'], ['a']]);
    finish();
    finish();
    expect(await Promise.all([first, second, late])).toEqual(['v:a', 'v:b', 'v:a']);
    expect(clock.timers).toBe(0);
  });

  it('asks once for a key that two loads want', async () => {
    const calls: string[][] = [];
    const load = coalesce((keys) => {
      calls.push(keys);
      return valuesOf(keys);
    });
    const values = await Promise.all(['a', 'a', 'b'].map((key) => load({ key, signal: never })));
    expect(values).toEqual(['v:a', 'v:a', 'v:b']);
    expect(calls).toEqual([['a', 'b']]);
  });

  it('does not ask for a key that was given up before the batch left, and not at all if nobody is left', async () => {
    const clock = new FakeClock();
    const { calls, loadMany, finish } = recording();
    const load = coalesce(loadMany, { waitMs: 10, clock });
    const leaver = new AbortController();
    const reason = new Error('gone');
    const left = load({ key: 'a', signal: leaver.signal }).catch((error: unknown) => error);
    const stays = load({ key: 'b', signal: never });
    leaver.abort(reason);
    expect(await left).toBe(reason);
    await clock.advance(10);
    expect(calls).toEqual([['b']]);
    finish();
    expect(await stays).toBe('v:b');

    const other = new AbortController();
    const alone = load({ key: 'c', signal: other.signal }).catch((error: unknown) => error);
    other.abort(reason);
    expect(await alone).toBe(reason);
    await clock.advance(10);
    expect(calls).toEqual([['b']]);
    const next = load({ key: 'd', signal: never });
    await clock.advance(10);
    finish();
    expect(await next).toBe('v:d');
    await expect(load({ key: 'e', signal: leaver.signal })).rejects.toBe(reason);
  });

  it('leaves no listener on the signals of its loads', async () => {
    const { signal } = new AbortController();
    const load = coalesce(valuesOf);
    const loads = Promise.all([load({ key: 'a', signal }), load({ key: 'b', signal })]);
    expect(getEventListeners(signal, 'abort')).toHaveLength(2);
    await loads;
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('aborts the batch with the reason of the last to leave', async () => {
    const clock = new FakeClock();
    const { signals, loadMany } = recording();
    const load = coalesce(loadMany, { waitMs: 1, clock });
    const controllers = [new AbortController(), new AbortController()];
    const outcomes = controllers.map(({ signal }, i) =>
      load({ key: i === 0 ? 'a' : 'b', signal }).catch((error: unknown) => error),
    );
    await clock.advance(1);
    controllers[0]?.abort('first');
    expect(signals[0]?.aborted).toBe(false);
    controllers[1]?.abort('last');
    expect(signals[0]?.reason).toBe('last');
    expect(await Promise.all(outcomes)).toEqual(['first', 'last']);
  });

  it.each([
    [{ maxBatch: 0 }],
    [{ maxBatch: 1.5 }],
    [{ maxBatch: Infinity }],
    [{ waitMs: -1 }],
    [{ waitMs: NaN }],
    [{ waitMs: 60_001 }],
  ])('refuses %j', (options) => {
    expect(() => coalesce(valuesOf, options)).toThrowError(expect.objectContaining({ code: 'ERR_OPTION' }));
  });

  it('refuses what is no function', () => {
    expect(() => coalesce('x' as unknown as LoadBatch<string>)).toThrowError(
      expect.objectContaining({ code: 'ERR_OPTION' }),
    );
  });
});
