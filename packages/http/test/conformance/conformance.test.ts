import type { Cache } from '@keepsake/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { patientClock } from '../patient-clock.ts';
import { ADAPTERS, type Adapter, type Running, start } from '../subjects.ts';
import type { Case } from './case.ts';
import { CASES } from './cases/index.ts';
import { NOT_MET } from './not-met.ts';
import { CaseOrigin, runCase } from './run-case.ts';
import { CONFORMANCE_STORES } from './stores.ts';

const PRESETS = ['conformance', 'safe'] as const;

/** So many cases at once: more, and a busy machine would make stores late. */
const AT_ONCE = 20;

const inPool = async (cases: readonly Case[], work: (one: Case) => Promise<void>): Promise<void> => {
  // Those that wait go first: the others fill the pauses.
  const queue = [...cases].sort((a, b) => pauseOf(b) - pauseOf(a));
  const worker = async (): Promise<void> => {
    for (let one = queue.shift(); one; one = queue.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
};

const isAlone = (one: Case): boolean => one.isAlone ?? false;

const pauseOf = ({ steps }: Case): number => steps.reduce((sum, { after = 0 }) => sum + after, 0);

/** All cases of one adapter over one store, each on a URL of its own: many at once, then those that go alone. */
const runAll = async (adapter: Adapter, cache: Cache): Promise<Map<string, string[]>> => {
  const faults = new Map<string, string[]>();
  const servers: Running[] = [];
  try {
    const lonely = await Promise.all(
      PRESETS.map(async (preset) => {
        const origin = new CaseOrigin();
        const own = CASES.filter((one) => (one.preset ?? 'conformance') === preset);
        for (const one of own) origin.add(one);
        const server = await start(adapter, (request) => origin.answer(request), {
          cache,
          preset,
          clock: patientClock,
        });
        servers.push(server);
        const run = async (one: Case): Promise<void> => {
          faults.set(one.id, await runCase(one, server.port, origin));
        };
        await inPool(
          own.filter((one) => !isAlone(one)),
          run,
        );
        return own.filter(isAlone).map((one) => () => run(one));
      }),
    );
    for (const run of lonely.flat()) await run();
  } finally {
    for (const server of servers) await server[Symbol.asyncDispose]();
  }
  return faults;
};

const isExcused = (id: string, adapter: Adapter): boolean =>
  NOT_MET.some((one) => one.id === id && (one.adapters?.includes(adapter) ?? true));

for (const adapter of ADAPTERS) {
  describe(`${adapter}`, () => {
    const outcomes = new Map<string, Map<string, string[]>>();
    const caches: Cache[] = [];
    beforeAll(async () => {
      const runs = Object.entries(CONFORMANCE_STORES).map(async ([name, make]) => {
        const cache = make();
        caches.push(cache);
        // A store that is still being connected to is passed by.
        await cache.connect({ timeout: 30 });
        outcomes.set(name, await runAll(adapter, cache));
      });
      await Promise.all(runs);
    }, 120_000);
    afterAll(async () => {
      for (const cache of caches) await cache.close();
    });

    it.each(Object.keys(CONFORMANCE_STORES))('meets every case over %s, but for the closed list', (store) => {
      const unmet = [...(outcomes.get(store) ?? [])].filter(
        ([id, faults]) => faults.length > 0 && !isExcused(id, adapter),
      );
      expect(Object.fromEntries(unmet)).toEqual({});
      expect(outcomes.get(store)?.size).toBe(CASES.length);
    });

    it('does not meet what the closed list says', () => {
      const listed = NOT_MET.filter((one) => one.adapters?.includes(adapter) ?? true);
      const met = listed.filter(({ id }) =>
        [...outcomes.values()].every((faults) => faults.get(id)?.length === 0),
      );
      expect(met.map(({ id }) => id)).toEqual([]);
    });
  });
}

describe('the table', () => {
  it('has one name a case, and a reason for each that is not met', () => {
    expect(new Set(CASES.map(({ id }) => id)).size).toBe(CASES.length);
    expect(CASES.length).toBeGreaterThanOrEqual(300);
    const ids = new Set(CASES.map(({ id }) => id));
    expect(NOT_MET.filter(({ id, reason }) => !ids.has(id) || reason === '')).toEqual([]);
  });

  it('is failed by a cache that knows no rule', async () => {
    const origin = new CaseOrigin();
    for (const one of CASES) origin.add(one);
    const cache = CONFORMANCE_STORES['memory']?.();
    if (!cache) throw new Error('no store');
    const server = await start('naive', (request) => origin.answer(request), { cache });
    try {
      const faults = await Promise.all(CASES.map((one) => runCase(one, server.port, origin)));
      expect(faults.filter((some) => some.length > 0).length).toBeGreaterThan(CASES.length / 2);
    } finally {
      await server[Symbol.asyncDispose]();
      await cache.close();
    }
  });
});
