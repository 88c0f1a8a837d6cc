import { isMiss } from '../backend.ts';
import { entryOf, item, life, valueOf } from './backend-harness.ts';
import type { BackendCase } from './backend-harness.ts';
import { assertCode, assertEqual, assertTrue } from './runner.ts';

export const backendBasics: readonly BackendCase[] = [
  [
    'a key that was never set is a miss with a reason and no fence',
    async ({ backend }) => {
      const read = await backend.get('nothing', 'read');
      assertTrue(isMiss(read) && read.reason === 'never-set' && read.fence === undefined, 'a plain miss');
    },
  ],
  [
    'what was stored is read back, with its times on the clock of the process',
    async ({ backend, now }) => {
      const before = now();
      assertEqual(
        await backend.setMany([item('a', 'v', { life: life(10_000, 5_000), tags: ['t'], ageMs: 2_000 })]),
        ['stored'],
        'outcome',
      );
      const entry = await entryOf(backend, 'a');
      assertEqual(entry.value, 'v', 'value');
      assertEqual(entry.tags, ['t'], 'tags');
      assertEqual(entry.negative, false, 'negative');
      near(entry.freshUntil, before + 10_000, 'freshUntil');
      near(entry.graceUntil, before + 15_000, 'graceUntil');
      near(entry.createdAt, before - 2_000, 'createdAt');
    },
  ],
  [
    'getMany answers each key in the order asked, repeated ones too',
    async ({ backend }) => {
      await backend.setMany([item('a', 1), item('b', 2)]);
      const reads = await backend.getMany(['b', 'x', 'a', 'b'], 'read');
      assertEqual(
        reads.map((read) => (isMiss(read) ? 'miss' : read.value)),
        [2, 'miss', 1, 2],
        'answers',
      );
    },
  ],
  [
    'nothing asked, nothing stored, nothing removed: empty lists are fine',
    async ({ backend }) => {
      assertEqual(await backend.getMany([], 'read'), [], 'getMany');
      assertEqual(await backend.setMany([]), [], 'setMany');
      assertEqual(await backend.removeMany([], 'delete'), 0, 'removeMany');
    },
  ],
  [
    'of several items for one key the last one wins',
    async ({ backend }) => {
      assertEqual(
        await backend.setMany([item('a', 1), item('b', 2), item('a', 3)]),
        ['stored', 'stored', 'stored'],
        'outcomes',
      );
      assertEqual(await valueOf(backend, 'a'), 3, 'value');
    },
  ],
  [
    'condition absent stores only where no live entry is',
    async ({ backend, wait }) => {
      assertEqual(
        await backend.setMany([item('a', 1, { condition: 'absent', life: life(80) })]),
        ['stored'],
        'first',
      );
      assertEqual(await backend.setMany([item('a', 2, { condition: 'absent' })]), ['present'], 'second');
      assertEqual(await valueOf(backend, 'a'), 1, 'the first stays');
      await wait(120);
      assertEqual(await backend.setMany([item('a', 3, { condition: 'absent' })]), ['stored'], 'after expiry');
    },
  ],
  [
    'of many stores with condition absent at once exactly one is stored',
    async ({ backend }) => {
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, async (_, i) => backend.setMany([item('a', i, { condition: 'absent' })])),
      );
      assertEqual(outcomes.flat().filter((outcome) => outcome === 'stored').length, 1, 'stored');
    },
  ],
  [
    'an entry is gone when fresh time and grace are over, and stale in between',
    async ({ backend, wait, now }) => {
      await backend.setMany([item('a', 1, { life: life(60, 200) }), item('b', 1, { life: life(60) })]);
      await wait(120);
      assertTrue((await entryOf(backend, 'a')).freshUntil <= now(), 'a is stale');
      assertEqual(await valueOf(backend, 'b'), 'miss', 'b is gone');
      await wait(300);
      assertEqual(await valueOf(backend, 'a'), 'miss', 'a is gone');
    },
  ],
  [
    'forever is forever, and a very long life does not overflow',
    async ({ backend, wait }) => {
      await backend.setMany([
        item('a', 1, { life: life(Infinity) }),
        item('b', 1, { life: life(2 ** 31 * 1_000) }),
        item('c', 1, { life: life((2 ** 53 - 1) * 1_000) }),
      ]);
      await wait(20);
      assertEqual((await entryOf(backend, 'a')).freshUntil, Infinity, 'freshUntil');
      assertEqual(await valueOf(backend, 'b'), 1, 'b');
      assertEqual(await valueOf(backend, 'c'), 1, 'c');
    },
  ],
  [
    'touch gives a present entry a new life and leaves the value',
    async ({ backend, wait }) => {
      await backend.setMany([item('a', 'v', { life: life(100) })]);
      assertEqual(await backend.touch('a', 60_000), true, 'present');
      assertEqual(await backend.touch('b', 60_000), false, 'absent');
      await wait(200);
      assertEqual(await valueOf(backend, 'a'), 'v', 'value');
    },
  ],
  [
    'touch keeps the lengths of the stale windows, and what slides slides by the new length',
    async ({ backend }) => {
      await backend.setMany([item('a', 'v', { life: { ...life(1_000, 3_000, 2_000), slidingMs: 1_000 } })]);
      await backend.touch('a', 60_000);
      const entry = await entryOf(backend, 'a');
      assertEqual(Math.round((entry.swrUntil - entry.freshUntil) / 100), 20, 'swr, in tenths of a second');
      assertEqual(
        Math.round((entry.graceUntil - entry.freshUntil) / 100),
        30,
        'grace, in tenths of a second',
      );
      assertEqual(entry.slidingMs, 60_000, 'sliding');
    },
  ],
  [
    'increment creates at zero, adds, and reads back as a number',
    async ({ backend }) => {
      assertEqual(await backend.increment('n', 5, 60_000), 5, 'first');
      assertEqual(await backend.increment('n', -2, 60_000), 3, 'second');
      assertEqual(await valueOf(backend, 'n'), 3, 'value');
      await backend.setMany([item('m', 41)]);
      assertEqual(await backend.increment('m', 1, 60_000), 42, 'a number that was set');
    },
  ],
  [
    'increments at once are all counted',
    async ({ backend }) => {
      await Promise.all(Array.from({ length: 100 }, async () => backend.increment('n', 1, Infinity)));
      assertEqual(await valueOf(backend, 'n'), 100, 'total');
    },
  ],
  [
    'increment keeps the life that the counter has',
    async ({ backend, wait }) => {
      await backend.increment('n', 1, 100);
      await backend.increment('n', 1, 60_000);
      await wait(160);
      assertEqual(await valueOf(backend, 'n'), 'miss', 'expired by its first life');
    },
  ],
  [
    'increment of what is no integer, or beyond 2^53-1, rejects ERR_COUNTER and changes nothing',
    async ({ backend }) => {
      await backend.setMany([item('text', 'abc'), item('half', 1.5), item('max', Number.MAX_SAFE_INTEGER)]);
      for (const key of ['text', 'half', 'max']) {
        await assertCode(() => backend.increment(key, 1, 60_000), 'ERR_COUNTER', key);
      }
      assertEqual(await valueOf(backend, 'max'), Number.MAX_SAFE_INTEGER, 'max');
    },
  ],
  [
    'a value over maxBytes is refused, and what was there before is not served in its place',
    async ({ backend }) => {
      await backend.setMany([item('a', 'old')]);
      assertEqual(
        await backend.setMany([item('a', 'x'.repeat(10_000), { maxBytes: 2_000 })]),
        ['too-large'],
        'outcome',
      );
      assertEqual(await valueOf(backend, 'a'), 'miss', 'value');
    },
  ],
  [
    'whatever is called after close rejects ERR_CLOSED',
    async ({ backend }) => {
      await backend.close();
      await backend.close();
      await assertCode(() => backend.get('a', 'read'), 'ERR_CLOSED', 'get');
      await assertCode(() => backend.setMany([item('a', 1)]), 'ERR_CLOSED', 'setMany');
    },
  ],
];

const near = (actual: number, expected: number, what: string): void =>
  assertTrue(Math.abs(actual - expected) < 500, `${what}: expected about ${expected}, got ${actual}`);
