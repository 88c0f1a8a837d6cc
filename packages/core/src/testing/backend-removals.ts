import { isMiss } from '../backend.ts';
import { entryOf, item, life, missFence, valueOf } from './backend-harness.ts';
import type { BackendCase } from './backend-harness.ts';
import { assertEqual, assertTrue } from './runner.ts';

export const backendRemovals: readonly BackendCase[] = [
  [
    'a deleted key is gone, and the count says how many were there',
    async ({ backend }) => {
      await backend.setMany([item('a', 1), item('b', 2)]);
      assertEqual(await backend.removeMany(['a', 'x', 'b'], 'delete'), 2, 'count');
      assertEqual(await valueOf(backend, 'a'), 'miss', 'a');
    },
  ],
  [
    'an expired key is stale from now on, inside its grace; without grace it is gone',
    async ({ backend, now }) => {
      await backend.setMany([item('a', 1, { life: life(60_000, 60_000) }), item('b', 2)]);
      assertEqual(await backend.removeMany(['a', 'b'], 'expire'), 2, 'count');
      const entry = await entryOf(backend, 'a');
      assertTrue(entry.freshUntil <= now() && entry.graceUntil > now(), 'stale');
      assertEqual(await valueOf(backend, 'b'), 'miss', 'b');
    },
  ],
  [
    'clear removes what matches and nothing else',
    async ({ backend }) => {
      await backend.setMany([item('a:1', 1), item('a:2', 2), item('b:1', 3)]);
      assertEqual(await backend.clear('a:*'), 2, 'count');
      assertEqual([await valueOf(backend, 'a:1'), await valueOf(backend, 'b:1')], ['miss', 3], 'values');
    },
  ],
  [
    'a tag reaches every entry that carries it, and no other',
    async ({ backend }) => {
      await backend.setMany([
        item('a', 1, { tags: ['x', 'y'] }),
        item('b', 2, { tags: ['y'] }),
        item('c', 3, { tags: ['z'] }),
        item('d', 4),
      ]);
      await backend.invalidateTags(['y'], 'delete');
      const values = [];
      for (const key of ['a', 'b', 'c', 'd']) values.push(await valueOf(backend, key));
      assertEqual(values, ['miss', 'miss', 3, 4], 'values');
    },
  ],
  [
    'an entry stored after the invalidation of its tag is served',
    async ({ backend }) => {
      await backend.setMany([item('a', 1, { tags: ['x'] })]);
      await backend.invalidateTags(['x'], 'delete');
      await backend.setMany([item('a', 2, { tags: ['x'] })]);
      assertEqual(await valueOf(backend, 'a'), 2, 'value');
    },
  ],
  [
    'a tag that is expired, not deleted, leaves entries stale inside their grace',
    async ({ backend, now }) => {
      await backend.setMany([
        item('a', 1, { tags: ['x'], life: life(60_000, 60_000) }),
        item('b', 2, { tags: ['x'] }),
      ]);
      await backend.invalidateTags(['x'], 'expire');
      assertTrue((await entryOf(backend, 'a')).freshUntil <= now(), 'stale');
      assertEqual(await valueOf(backend, 'b'), 'miss', 'no grace');
    },
  ],
  [
    'a fill whose tag was invalidated after its miss is never served, tags added late too',
    async ({ backend }) => {
      const fence = await missFence(backend, 'a');
      await backend.invalidateTags(['late'], 'delete');
      await backend.setMany([item('a', 'old', { condition: fence, tags: ['late'] })]);
      const read = await backend.get('a', 'read');
      assertTrue(isMiss(read), 'the old value must not be served');
    },
  ],
  [
    'a tag that was never used can be invalidated, and again, and many at once',
    async ({ backend }) => {
      await backend.setMany([item('a', 1, { tags: ['t7'] })]);
      await backend.invalidateTags([], 'delete');
      await backend.invalidateTags(
        Array.from({ length: 50 }, (_, i) => `t${i}`),
        'delete',
      );
      await backend.invalidateTags(['t7'], 'delete');
      assertEqual(await valueOf(backend, 'a'), 'miss', 'value');
    },
  ],
];
