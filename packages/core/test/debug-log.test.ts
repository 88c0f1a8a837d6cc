import { CacheError, createCache, MemoryBackend } from '@keepsake/core';
import { debugLog } from '@keepsake/core/debug-log';
import type { EventName } from '@keepsake/core/diagnostics';
import { FakeClock, FaultyBackend } from '@keepsake/core/testing';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

const wall = Date.UTC(2026, 4, 17, 12, 3, 44, 120);

const setup = (): {
  lines: string[];
  clock: FakeClock;
  cache: ReturnType<typeof createCache>;
  stop: () => void;
} => {
  const lines: string[] = [];
  const clock = new FakeClock(1_000, wall);
  const cache = createCache({ name: 'photos', clock });
  const stop = debugLog(cache, { log: (line) => lines.push(line) });
  return { lines, clock, cache, stop };
};

/** The lines of one event, whatever a cache itself would emit. */
const linesOf = (name: string, event: object): string[] => {
  const lines: string[] = [];
  const on = (own: string, listener: (event: never) => void): (() => void) => {
    if (own === name) listener({ cache: 'c', namespace: '', atMs: wall, ...event } as never);
    return () => undefined;
  };
  debugLog({ on }, { log: (line) => lines.push(line), events: [name as EventName] });
  return lines;
};

describe('debugLog', () => {
  it('writes one readable line for each event', async () => {
    const { lines, clock, cache } = setup();
    await cache.set('user:7', { name: 'Lena' }, { ttl: 10, tags: ['users'] });
    await cache.get('user:7');
    await clock.advance(11_000);
    await cache.get('user:7');
    const loading = cache.getOrSet(
      'album:1',
      () => new Promise((done) => clock.setTimer(() => done('x'), 25)),
    );
    await clock.advance(25);
    await loading;
    await cache.delete('album:1');
    await cache.invalidateTags(['users', 'albums']);
    expect(lines.map((line) => line.slice(13))).toEqual(
      expect.arrayContaining([
        'photos set user:7 stored (ttl 10000 ms)',
        'photos get user:7 hit (l1)',
        'photos load album:1 started',
        'photos load album:1 finished (25 ms)',
        'photos set album:1 stored (ttl 300000 ms)',
        'photos get album:1 miss (never-set)',
        'photos delete album:1 deleted',
        'photos invalidate tags (users, albums)',
      ]),
    );
    expect(lines[0]).toBe('12:03:44.120 photos set user:7 stored (ttl 10000 ms)');
    expect(lines.filter((line) => /get user:7 miss \(\w+\)$/.test(line))).toHaveLength(1);
  });

  it('never shows a value or the message of an error', async () => {
    const { lines, cache } = setup();
    await cache.set('a', 'secret');
    await cache.get('a');
    await cache.getOrSet('b', () => Promise.reject(new TypeError('secret'))).catch(() => undefined);
    await cache
      .getOrSet('c', () => Promise.reject(new CacheError('ERR_UNAVAILABLE', 'secret')))
      .catch(() => undefined);
    expect(lines.join('\n')).not.toContain('secret');
    expect(lines.filter((line) => line.includes('failed')).map((line) => line.slice(13))).toEqual([
      'photos load b failed (0 ms, TypeError)',
      'photos load c failed (0 ms, ERR_UNAVAILABLE)',
    ]);
  });

  it('names a failing store by tier, operation and code', async () => {
    const lines: string[] = [];
    const l2 = new FaultyBackend(new MemoryBackend());
    const cache = createCache({ l1: false, l2 });
    debugLog(cache, { log: (line) => lines.push(line), events: ['backend.failed'] });
    l2.mode = 'down';
    await cache.get('a');
    expect(lines[0]).toMatch(/ default backend failed \(l2, \w+, ERR_UNAVAILABLE\)$/);
  });

  it('lets no key forge a line, steer a terminal or look like other words', () => {
    const line = (key: string): string => linesOf('entry.missed', { key, reason: 'expired' })[0] ?? '';
    expect(line('a\r\n12:00 photos get b hit')).toContain('get "a\\r\\n12:00 photos get b hit" miss');
    expect(line('\u001b[31mred')).toContain('get "\\u{1b}[31mred" miss');
    expect(line('a hit (l1)')).toContain('get "a hit (l1)" miss');
    expect(line('say "x"\\')).toContain('get "say \\"x\\"\\\\" miss');
    expect(line('\u202ereversed\u2028')).toContain('get "\\u{202e}reversed\\u{2028}" miss');
    expect(line('größe:写真')).toContain('get größe:写真 miss');
  });

  it('shows at most 100 characters of a key, whatever it is made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }), (key) => {
        const [line = ''] = linesOf('entry.missed', { key, reason: 'expired' });
        const shown = line.slice('12:03:44.120 c get '.length, -' miss (expired)'.length);
        expect(shown.length).toBeLessThanOrEqual(100 + '""…'.length);
        expect(shown).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
        expect(line.startsWith('12:03:44.120 c get ') && line.endsWith(' miss (expired)')).toBe(true);
        if (/^[\w:]+$/.test(key)) expect(shown).toBe(key.length > 100 ? `${key.slice(0, 100)}…` : key);
      }),
      { numRuns: 500 },
    );
    expect(linesOf('entry.missed', { key: 'k'.repeat(65_536), reason: 'tag' })[0]?.length).toBeLessThan(150);
  });

  it('writes a line for events that it does not know, without objects', () => {
    expect(linesOf('breaker.changed', { tier: 'l2', state: 'open' })).toEqual([
      '12:03:44.120 c breaker changed (l2, open)',
    ]);
    expect(linesOf('bus.down', {})).toEqual(['12:03:44.120 c bus down']);
    expect(linesOf('some.thing', { key: 'k', note: 'a\nb', deep: { value: 'secret' }, left: 3 })).toEqual([
      '12:03:44.120 c some k thing (note "a\\nb", left 3)',
    ]);
  });

  it('lists five tags and the number of the rest', () => {
    const tags = Array.from({ length: 64 }, (_, i) => `t${i}`);
    expect(linesOf('tag.invalidated', { tags })).toEqual([
      '12:03:44.120 c invalidate tags (t0, t1, t2, t3, t4, 59 more)',
    ]);
  });

  it('writes to the console by default, and nothing once it has ended', async () => {
    const written = vi.spyOn(console, 'debug').mockReturnValue(undefined);
    try {
      const cache = createCache({ name: 'photos' });
      const stop = debugLog(cache, { events: ['entry.missed'] });
      await cache.get('a');
      stop();
      await cache.get('a');
      expect(written.mock.calls).toEqual([[expect.stringMatching(/ photos get a miss \(never-set\)$/)]]);
    } finally {
      written.mockRestore();
    }
  });

  it('leaves the cache alone when the log throws', async () => {
    const cache = createCache();
    debugLog(cache, {
      log: () => {
        throw new Error('disk full');
      },
    });
    expect(await cache.getOrSet('a', () => 1)).toBe(1);
  });
});
