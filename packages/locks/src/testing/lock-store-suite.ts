/*
 * The conformance suite of LockStore: what the port promises, each promise a test. Whoever writes a lock
 * store runs it with an own runner.
 */
import type { SuiteRunner } from '@keepsake/core/testing';
import { holdingCases } from './holding-cases.ts';
import type { LockStoreCase, LockStoreHarness } from './lock-store-harness.ts';
import { ownerCases } from './owner-cases.ts';
import { wakeUpCases } from './wake-up-cases.ts';

/**
 * Runs the suite. `make` gives a fresh store without locks for each test.
 *
 * @example
 * ```ts no-run
 * import { FakeClock } from '@keepsake/core/testing';
 * import { MemoryLockStore } from '@keepsake/locks';
 * import { lockStoreSuite } from '@keepsake/locks/testing';
 * import { describe, it } from 'vitest';
 *
 * lockStoreSuite(
 *   'memory',
 *   async () => {
 *     const clock = new FakeClock();
 *     const store = new MemoryLockStore({ clock });
 *     return { store, peer: store, wait: (ms) => clock.advance(ms), close: async () => store.close() };
 *   },
 *   { describe, it },
 * );
 * ```
 */
export const lockStoreSuite = (
  name: string,
  make: () => Promise<LockStoreHarness>,
  runner: SuiteRunner,
): void => {
  const parts: readonly (readonly [string, readonly LockStoreCase[]])[] = [
    ['holding', holdingCases],
    ['owner', ownerCases],
    ['wake-ups', wakeUpCases],
  ];
  for (const [part, cases] of parts) {
    runner.describe(`${name}: ${part}`, () => {
      for (const [promise, body] of cases) {
        runner.it(promise, async () => {
          const harness = await make();
          try {
            await body(harness);
          } finally {
            await harness.close();
          }
        });
      }
    });
  }
};
