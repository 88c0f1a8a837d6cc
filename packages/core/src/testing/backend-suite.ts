/**
 * The conformance suite of CacheBackend: what the port promises, each promise a test. Whoever writes a
 * backend runs it with an own runner:
 *
 *     backendSuite('my backend', () => makeHarness(), { describe, it });
 */
import { backendBasics } from './backend-basics.ts';
import { backendDependencies } from './backend-dependencies.ts';
import { backendFences } from './backend-fences.ts';
import type { BackendCase, BackendHarness } from './backend-harness.ts';
import { backendRemovals } from './backend-removals.ts';
import { backendSharing } from './backend-sharing.ts';
import { backendValues } from './backend-values.ts';
import { backendWaits } from './backend-waits.ts';
import type { SuiteRunner } from './runner.ts';

/**
 * Runs the suite. `make` gives a fresh, empty backend for each test. `shared`: it also gives a peer;
 * `keyTags`: the backend has that capability; `waits`: it and its peer have `waitForFill`. What is not said is not tested.
 *
 * @example
 * ```ts no-run
 * import { MemoryBackend } from '@keepsake/core';
 * import { backendSuite, FakeClock } from '@keepsake/core/testing';
 * import { describe, it } from 'vitest';
 *
 * backendSuite(
 *   'memory',
 *   async () => {
 *     const clock = new FakeClock();
 *     const backend = new MemoryBackend({ clock });
 *     return {
 *       backend,
 *       now: () => clock.now(),
 *       wait: (ms) => clock.advance(ms),
 *       close: async () => backend.close(),
 *     };
 *   },
 *   { describe, it },
 *   { keyTags: true },
 * );
 * ```
 */
export const backendSuite = (
  name: string,
  make: () => Promise<BackendHarness>,
  runner: SuiteRunner,
  options: { shared?: boolean; keyTags?: boolean; waits?: boolean } = {},
): void => {
  const parts: readonly (readonly [string, readonly BackendCase[]])[] = [
    ['reads and stores', backendBasics],
    ['keeps values as they are', backendValues],
    ['fences', backendFences],
    ['removals and tags', backendRemovals],
    ...(options.keyTags === true ? ([['dependencies', backendDependencies]] as const) : []),
    ...(options.shared === true ? ([['sharing', backendSharing]] as const) : []),
    ...(options.waits === true ? ([['waits for a fill', backendWaits]] as const) : []),
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
