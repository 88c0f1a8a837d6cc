import { type Cache, createCache, MemoryBackend } from '@keepsake/core';
import { FakeClock, FaultyBackend } from '@keepsake/core/testing';
import { describe, expect, it } from 'vitest';

/** A far tier that gives the right to fill to one process at a time, for 2 s, and wakes those who wait. */
class LeasingBackend extends FaultyBackend {
  readonly #clock: FakeClock;
  readonly #until = new Map<string, number>();
  #waiters: (() => void)[] = [];

  constructor(clock: FakeClock) {
    super(new MemoryBackend({ clock }), { clock, shared: true });
    this.#clock = clock;
  }

  override async get(...[key, intent]: Parameters<FaultyBackend['get']>): ReturnType<FaultyBackend['get']> {
    const found = await super.get(key, intent);
    if (!('reason' in found) || intent !== 'fill') return found;
    const heldForMs = (this.#until.get(key) ?? 0) - this.#clock.now();
    if (heldForMs > 0) return { reason: found.reason, heldForMs };
    this.#until.set(key, this.#clock.now() + 2_000);
    return found;
  }

  override async setMany(
    ...[items]: Parameters<FaultyBackend['setMany']>
  ): ReturnType<FaultyBackend['setMany']> {
    const outcomes = await super.setMany(items);
    this.#free(items.map((item) => item.key));
    return outcomes;
  }

  override async release(...[fences]: Parameters<FaultyBackend['release']>): Promise<void> {
    await super.release(fences);
    this.#free(fences.map((fence) => fence.key));
  }

  waitForFill(_key: string, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.setTimer(resolve, ms);
      this.#waiters.push(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  #free(keys: readonly string[]): void {
    for (const key of keys) this.#until.delete(key);
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }
}

const setUp = (): { clock: FakeClock; one: Cache; other: Cache } => {
  const clock = new FakeClock();
  const l2 = new LeasingBackend(clock);
  const make = (): Cache => createCache({ clock, l2, hardTimeout: 10 });
  return { clock, one: make(), other: make() };
};

const loadFor =
  (clock: FakeClock, ms: number, value: string, calls: string[]) => async (): Promise<string> => {
    calls.push(value);
    await new Promise<void>((resolve) => clock.setTimer(resolve, ms));
    return value;
  };

describe('a key that another process is about to fill', () => {
  it('is waited for, not loaded', async () => {
    const { clock, one, other } = setUp();
    const calls: string[] = [];
    const first = one.getOrSet('k', loadFor(clock, 500, 'one', calls));
    await clock.advance(10);
    const second = other.getOrSet('k', loadFor(clock, 500, 'other', calls));
    const many = other.getOrSetMany(['k', 'x'], async (missing) =>
      missing.map((key) => [key, `${key} of the batch`] as const),
    );
    await clock.advance(600);
    expect([await first, await second, [...(await many)]]).toEqual([
      'one',
      'one',
      [
        ['k', 'one'],
        ['x', 'x of the batch'],
      ],
    ]);
    expect(calls).toEqual(['one']);
  });

  it('is loaded at once if that process fails', async () => {
    const { clock, one, other } = setUp();
    const failing = one.getOrSet('k', async () => {
      await new Promise<void>((resolve) => clock.setTimer(resolve, 500));
      throw new Error('source down');
    });
    failing.catch(() => undefined);
    await clock.advance(10);
    const calls: string[] = [];
    const second = other.getOrSet('k', loadFor(clock, 100, 'other', calls));
    await clock.advance(480);
    expect(calls).toEqual([]);
    await clock.advance(200);
    expect(await second).toBe('other');
    await expect(failing).rejects.toThrow('source down');
  });

  it('is loaded once the right has lapsed, and its late fill is refused', async () => {
    const { clock, one, other } = setUp();
    const calls: string[] = [];
    const paused = one.getOrSet('k', loadFor(clock, 5_000, 'old', calls));
    await clock.advance(10);
    const second = other.getOrSet('k', loadFor(clock, 100, 'new', calls));
    await clock.advance(2_200);
    expect(await second).toBe('new');
    await other.delete('k');
    await clock.advance(5_000);
    expect(await paused).toBe('old');
    expect(await other.get('k')).toBeUndefined();
  });

  it('is given up by a caller that leaves', async () => {
    const { clock, one, other } = setUp();
    const calls: string[] = [];
    const first = one.getOrSet('k', loadFor(clock, 500, 'one', calls));
    await clock.advance(10);
    const controller = new AbortController();
    const second = other.getOrSet('k', loadFor(clock, 500, 'other', calls), { signal: controller.signal });
    second.catch(() => undefined);
    await clock.advance(10);
    controller.abort(new Error('gone'));
    await expect(second).rejects.toThrow('gone');
    await clock.advance(3_000);
    expect([await first, calls]).toEqual(['one', ['one']]);
  });
});
