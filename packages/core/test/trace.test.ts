import { createCache } from '@keepsake/core';
import { assertTrace, recordEvents } from '@keepsake/core/testing';
import { formatTrace, MAX_STEPS, traceRequest } from '@keepsake/core/trace';
import { describe, expect, it } from 'vitest';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the trace of a request', () => {
  it('has each step with its outcome, in order', async () => {
    const cache = createCache({ name: 'photos' });
    const { value, trace } = await traceRequest(cache, async () => {
      await cache.get('album:7');
      return cache.getOrSet('album:7', () => 'Summer');
    });
    expect(value).toBe('Summer');
    expect(trace.steps.map((step) => step.name)).toEqual([
      'entry.missed',
      'load.started',
      'load.finished',
      'entry.stored',
      'entry.missed',
    ]);
    const lines = formatTrace(trace).split('\n');
    expect(lines[0]).toMatch(/^ +\d+\.\d ms photos get album:7 miss \(never-set\)$/);
    expect(lines.at(-1)).toMatch(/ms done$/);
    expect(formatTrace(trace)).not.toContain('Summer');
  });

  it('does not mix with that of another at the same time, joined loads included', async () => {
    const cache = createCache();
    const load = async (): Promise<number> => {
      await turn();
      return 1;
    };
    const [first, second, third] = await Promise.all([
      traceRequest(cache, () => cache.getOrSet('k', load)),
      traceRequest(cache, () => cache.getOrSet('k', load)),
      traceRequest(cache, () => cache.get('other')),
    ]);
    expect(first.trace.steps.map((step) => step.name)).toContain('load.finished');
    expect(second.trace.steps.map((step) => step.name)).toEqual(['load.joined', 'entry.missed']);
    expect(third.trace.steps.map((step) => step.event.key)).toEqual(['other']);
  });

  it('is part of the trace around it, and leaves out what is left running', async () => {
    const cache = createCache();
    let late: Promise<unknown> = Promise.resolve();
    const outer = await traceRequest(cache, async () => {
      const inner = await traceRequest(cache, () => cache.get('a'));
      expect(inner.trace.steps.length).toBe(1);
      late = turn().then(() => cache.get('late'));
      return cache.get('b');
    });
    await late;
    expect(outer.trace.steps.map((step) => step.event.key)).toEqual(['a', 'b']);
  });

  it('is handed over where the request fails, and is bounded', async () => {
    const cache = createCache();
    const traces: number[] = [];
    const failing = traceRequest(
      cache,
      async () => {
        for (let i = 0; i < MAX_STEPS + 5; i += 1) await cache.get(`k${i}`);
        throw new Error('the request');
      },
      (trace) => traces.push(trace.steps.length, trace.omitted),
    );
    await expect(failing).rejects.toThrow('the request');
    expect(traces).toEqual([MAX_STEPS, 5]);
  });

  it('costs nothing once it is over: nobody listens any more', async () => {
    const cache = createCache();
    let subscriptions = 0;
    const on = cache.on.bind(cache);
    cache.on = (name, listener) => {
      subscriptions += 1;
      const end = on(name, listener);
      return () => {
        subscriptions -= 1;
        end();
      };
    };
    await traceRequest(cache, () => {
      expect(subscriptions).toBeGreaterThan(0);
    });
    expect(subscriptions).toBe(0);
  });
});

describe('recorded events', () => {
  it('are compared by name and order', async () => {
    const cache = createCache();
    const recorded = recordEvents(cache, ['entry.hit', 'entry.missed']);
    await cache.get('k');
    await cache.set('k', 1);
    await cache.get('k');
    assertTrace(recorded, ['entry.missed', 'entry.hit']);
    expect(() => assertTrace(recorded, ['entry.hit'])).toThrow(/expected .*entry\.hit.*got/);
    recorded.clear();
    recorded.stop();
    await cache.get('k');
    assertTrace(recorded, []);
  });
});
