import { isMiss } from '../backend.ts';
import { item, life, missFence, valueOf } from './backend-harness.ts';
import type { BackendCase } from './backend-harness.ts';
import { assertEqual, assertTrue } from './runner.ts';

/** What ends a fence, and what is there afterwards. */
const ENDINGS: readonly (readonly [
  string,
  (b: Parameters<BackendCase[1]>[0]['backend']) => unknown,
  unknown,
])[] = [
  ['a delete', (backend) => backend.removeMany(['k'], 'delete'), 'miss'],
  ['an expire', (backend) => backend.removeMany(['k'], 'expire'), 'miss'],
  ['a clear of a pattern', (backend) => backend.clear('k*'), 'miss'],
  ['a clear of everything', (backend) => backend.clear('*'), 'miss'],
  ['a newer store', (backend) => backend.setMany([item('k', 'newer')]), 'newer'],
  ['an increment', (backend) => backend.increment('k', 1, 60_000), 1],
];

export const backendFences: readonly BackendCase[] = [
  [
    'the fence of a miss lets its holder fill',
    async ({ backend }) => {
      const fence = await missFence(backend, 'k');
      assertEqual(await backend.setMany([item('k', 'made', { condition: fence })]), ['stored'], 'outcome');
      assertEqual(await valueOf(backend, 'k'), 'made', 'value');
    },
  ],
  ...ENDINGS.map(([what, act, after]): BackendCase => [
    `${what} after the miss refuses the fill`,
    async ({ backend }) => {
      const fence = await missFence(backend, 'k');
      await act(backend);
      assertEqual(await backend.setMany([item('k', 'old', { condition: fence })]), ['fenced'], 'outcome');
      assertEqual(await valueOf(backend, 'k'), after, 'value');
    },
  ]),
  [
    'a fence serves once',
    async ({ backend }) => {
      const fence = await missFence(backend, 'k');
      await backend.setMany([item('k', 'first', { condition: fence })]);
      await backend.removeMany(['k'], 'delete');
      assertEqual(await backend.setMany([item('k', 'again', { condition: fence })]), ['fenced'], 'outcome');
    },
  ],
  [
    'an ended fence stays ended when a new one is given',
    async ({ backend }) => {
      const old = await missFence(backend, 'k');
      await backend.removeMany(['k'], 'delete');
      const fresh = await missFence(backend, 'k');
      assertEqual(await backend.setMany([item('k', 'old', { condition: old })]), ['fenced'], 'old');
      assertEqual(await backend.setMany([item('k', 'new', { condition: fresh })]), ['stored'], 'new');
    },
  ],
  [
    'a fence that was given back lets nobody fill, and the next miss gets one',
    async ({ backend }) => {
      const fence = await missFence(backend, 'k');
      await backend.release([fence]);
      await backend.release([fence]);
      assertEqual(await backend.setMany([item('k', 'v', { condition: fence })]), ['fenced'], 'outcome');
      await missFence(backend, 'k');
    },
  ],
  [
    'a fence of one key says nothing of another',
    async ({ backend }) => {
      const fence = await missFence(backend, 'k');
      await backend.removeMany(['other'], 'delete');
      await backend.clear('oth*');
      assertEqual(await backend.setMany([item('k', 'v', { condition: fence })]), ['stored'], 'outcome');
    },
  ],
  [
    'a present key can be captured for a refresh; a later capture by force ends the earlier one',
    async ({ backend }) => {
      await backend.setMany([item('k', 'stale', { life: life(60_000) })]);
      const first = await backend.capture('k', 'if-free');
      assertTrue(first !== undefined, 'first');
      assertEqual(await backend.capture('k', 'if-free'), undefined, 'while it is held');
      const second = await backend.capture('k', 'take');
      if (!first || !second) throw new Error('no fence');
      assertEqual(await backend.setMany([item('k', 'old', { condition: first })]), ['fenced'], 'first');
      assertEqual(await backend.setMany([item('k', 'new', { condition: second })]), ['stored'], 'second');
      assertEqual(await valueOf(backend, 'k'), 'new', 'value');
    },
  ],
  [
    'a fence that is only looked at (intent fence) lets its holder fill as well',
    async ({ backend }) => {
      const read = await backend.get('k', 'fence');
      if (!isMiss(read) || !read.fence) throw new Error('expected a miss with a fence');
      assertEqual(await backend.setMany([item('k', 'v', { condition: read.fence })]), ['stored'], 'outcome');
    },
  ],
  [
    'a fill and a removal at once leave either the value or nothing, never a refused value',
    async ({ backend }) => {
      for (let round = 0; round < 20; round += 1) {
        const fence = await missFence(backend, 'k');
        const [outcomes] = await Promise.all([
          backend.setMany([item('k', round, { condition: fence })]),
          backend.removeMany(['k'], 'delete'),
        ]);
        const after = await valueOf(backend, 'k');
        assertTrue(after === 'miss' || (after === round && outcomes[0] === 'stored'), `round ${round}`);
        await backend.removeMany(['k'], 'delete');
      }
    },
  ],
];
