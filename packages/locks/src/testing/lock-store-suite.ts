/*
 * The conformance suite of LockStore: what the port promises, each promise a test. Whoever writes a lock
 * store runs it with an own runner.
 */
import { assertEqual, type SuiteRunner } from '@keepsake/core/testing';
import { holdingCases } from './holding-cases.ts';
import { lineCases } from './line-cases.ts';
import type { LockStoreCase, LockStoreHarness } from './lock-store-harness.ts';
import { ownerCases } from './owner-cases.ts';
import { sharingCases } from './sharing-cases.ts';
import { wakeUpCases } from './wake-up-cases.ts';

export interface LockStoreSuiteOptions {
  /** False for a store without `acquireInLine` and `onTurn`. Default true. */
  readonly lines?: boolean;
}

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
  { lines = true }: LockStoreSuiteOptions = {},
): void => {
  const parts: readonly (readonly [string, readonly LockStoreCase[]])[] = [
    ['holding', holdingCases],
    ['owner', ownerCases],
    ['wake-ups', wakeUpCases],
    ['lines', lines ? lineCases : noLinesCases],
    ['sharing', lines ? sharingCases : []],
  ];
  for (const [part, cases] of parts) {
    if (cases.length === 0) continue;
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

const noLinesCases: readonly LockStoreCase[] = [
  [
    'keeps no lines and does not pretend to',
    async ({ store }) => {
      assertEqual([typeof store.acquireInLine, typeof store.onTurn], ['undefined', 'undefined'], 'methods');
    },
  ],
];
