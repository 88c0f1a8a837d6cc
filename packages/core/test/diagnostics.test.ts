import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type CacheEventName, createCache, MemoryBackend } from '@keepsake/core';
import { EVENT_NAMES, type EventName, publishDiagnostics } from '@keepsake/core/diagnostics';
import { FakeClock, FaultyBackend } from '@keepsake/core/testing';
import { afterEach, describe, expect, it } from 'vitest';

/** Compiles only while every event of a cache stands in the list. */
const unlisted: Record<Exclude<CacheEventName, EventName>, never> = {};

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** Listens to channels and notes what they carry. */
const record = (...names: readonly string[]): [name: string, message: Record<string, unknown>][] => {
  const seen: [string, Record<string, unknown>][] = [];
  const listener = (message: unknown, name: string | symbol): void => {
    seen.push([String(name), message as Record<string, unknown>]);
  };
  for (const name of names) {
    subscribe(name, listener);
    cleanups.push(() => unsubscribe(name, listener));
  }
  return seen;
};

describe('publishDiagnostics', () => {
  it('publishes each event of a read and a load on the channel of its name', async () => {
    const seen = record(...EVENT_NAMES.map((name) => `keepsake:${name}`));
    const clock = new FakeClock();
    const cache = createCache({ name: 'photos', clock });
    cleanups.push(publishDiagnostics(cache));
    await cache.get('user:7');
    await cache.getOrSet('user:7', () => 'secret');
    await cache.get('user:7');
    await cache.delete('user:7');
    expect(seen.map(([name]) => name)).toEqual([
      'keepsake:entry.missed',
      'keepsake:load.started',
      'keepsake:load.finished',
      'keepsake:entry.stored',
      'keepsake:entry.missed',
      'keepsake:entry.hit',
      'keepsake:entry.deleted',
    ]);
    expect(seen[0]?.[1]).toEqual({
      cache: 'photos',
      namespace: '',
      key: 'user:7',
      atMs: clock.wallNow(),
      reason: 'never-set',
    });
    expect(JSON.stringify(seen)).not.toContain('secret');
  });

  it('tells of a store that fails', async () => {
    const seen = record('keepsake:backend.failed');
    const l2 = new FaultyBackend(new MemoryBackend());
    const cache = createCache({ l1: false, l2 });
    cleanups.push(publishDiagnostics(cache));
    l2.mode = 'down';
    await cache.get('a');
    expect(seen[0]?.[1]).toMatchObject({ tier: 'l2', operation: expect.any(String) as string });
  });

  it('publishes the chosen events only, and nothing once it has ended', async () => {
    const seen = record('keepsake:entry.hit', 'keepsake:entry.missed');
    const cache = createCache();
    const stop = publishDiagnostics(cache, { events: ['entry.missed'] });
    await cache.set('a', 1);
    await cache.get('a');
    await cache.get('b');
    expect(seen.map(([name]) => name)).toEqual(['keepsake:entry.missed']);
    stop();
    stop();
    await cache.get('b');
    expect(seen).toHaveLength(1);
  });

  it('reaches who subscribes after it was set up, and lets go who has unsubscribed', async () => {
    const cache = createCache();
    cleanups.push(publishDiagnostics(cache));
    await cache.get('a');
    const seen = record('keepsake:entry.missed');
    await cache.get('b');
    cleanups.splice(1).forEach((cleanup) => cleanup());
    expect(channel('keepsake:entry.missed').hasSubscribers).toBe(false);
    await cache.get('c');
    expect(seen.map(([, { key }]) => key)).toEqual(['b']);
  });

  it('publishes events that this cache does not know yet', () => {
    const seen = record('keepsake:breaker.changed');
    const listeners = new Map<string, (event: never) => void>();
    const stop = publishDiagnostics({
      on: (name, listener) => {
        listeners.set(name, listener);
        return () => void listeners.delete(name);
      },
    });
    listeners.get('breaker.changed')?.({ cache: 'x', namespace: '', atMs: 0, state: 'open' } as never);
    expect(seen[0]?.[1]).toMatchObject({ state: 'open' });
    stop();
    expect(listeners.size).toBe(0);
  });

  it('refuses what cannot be the name of an event', () => {
    for (const name of ['hit', 'entry.hit\n', '', 7]) {
      expect(() => publishDiagnostics(createCache(), { events: [name as EventName] })).toThrowError(
        expect.objectContaining({ code: 'ERR_OPTION' }),
      );
    }
  });

  it('lists every event of a cache', () => {
    expect(unlisted).toEqual({});
    expect(new Set(EVENT_NAMES).size).toBe(EVENT_NAMES.length);
  });
});
