import type { BackendFence, CacheBackend } from '../backend.ts';
import { item, missFence, valueOf, type BackendCase, type BackendHarness } from './backend-harness.ts';
import { assertEqual, assertTrue } from './runner.ts';

/** Longer than a test may take: what ends before was woken. */
const LONG_MS = 3_600_000;
/** Enough for a wait to have got under way. */
const MOMENT_MS = 100;

/** What ends the right to fill, done by its holder or by somebody else. */
const ENDS: Readonly<Record<string, (backend: CacheBackend, fence: BackendFence) => unknown>> = {
  fill: (backend, fence) => backend.setMany([item('a', 'made', { condition: fence })]),
  release: (backend, fence) => backend.release([fence]),
  store: (backend) => backend.setMany([item('a', 'set')]),
  increment: (backend) => backend.increment('a', 1, 60_000),
  delete: (backend) => backend.removeMany(['a'], 'delete'),
  expire: (backend) => backend.removeMany(['a'], 'expire'),
  clear: (backend) => backend.clear('*'),
};

const waiterOf = ({ peer }: BackendHarness): ((ms: number) => Promise<void>) => {
  if (!peer?.waitForFill) throw new Error('a peer with waitForFill is needed in the harness');
  return async (ms) => peer.waitForFill?.('a', ms);
};

/** `waitForFill`: whatever ends the right to fill wakes who waits for it, before the wait as well as during it. */
export const backendWaits: readonly BackendCase[] = [
  ...Object.entries(ENDS).flatMap(([name, end]): readonly BackendCase[] => [
    [
      `who waits for another process is woken by a ${name}`,
      async (harness) => {
        const fence = await missFence(harness.backend, 'a');
        const woken = waiterOf(harness)(LONG_MS);
        await harness.wait(MOMENT_MS);
        await end(harness.backend, fence);
        await woken;
      },
    ],
    [
      `nobody waits for what a ${name} has ended before`,
      async (harness) => {
        const fence = await missFence(harness.backend, 'a');
        await end(harness.backend, fence);
        await waiterOf(harness)(LONG_MS);
      },
    ],
  ]),
  [
    'a wait ends when its time is up, and the fill that was waited for is stored all the same',
    async (harness) => {
      const fence = await missFence(harness.backend, 'a');
      const startedAt = harness.now();
      const waiting = waiterOf(harness)(300);
      await harness.wait(300);
      await waiting;
      assertTrue(harness.now() - startedAt >= 299, 'the wait lasted');
      assertEqual(
        await harness.backend.setMany([item('a', 'made', { condition: fence })]),
        ['stored'],
        'fill',
      );
      assertEqual(await valueOf(harness.backend, 'a'), 'made', 'value');
    },
  ],
  [
    'a fill is refused after its fence was taken, and its holder is waited for',
    async (harness) => {
      const old = await missFence(harness.backend, 'a');
      const woken = waiterOf(harness)(LONG_MS);
      await harness.wait(MOMENT_MS);
      const fence = await harness.backend.capture('a', 'take');
      if (!fence) throw new Error('expected a fence');
      assertEqual(
        await harness.backend.setMany([item('a', 'old', { condition: old })]),
        ['fenced'],
        'old fill',
      );
      await harness.backend.setMany([item('a', 'new', { condition: fence })]);
      await woken;
      assertEqual(await valueOf(harness.backend, 'a'), 'new', 'value');
    },
  ],
];
