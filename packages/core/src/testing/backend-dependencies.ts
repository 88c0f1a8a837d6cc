import { isMiss, type CacheBackend } from '../backend.ts';
import { keyTag } from '../key-tag.ts';
import { entryOf, item, life, missFence, valueOf } from './backend-harness.ts';
import type { BackendCase } from './backend-harness.ts';
import { assertEqual, assertTrue } from './runner.ts';

/** An entry that was made from what lies, or does not lie, at `part`. */
const depend = (backend: CacheBackend): unknown =>
  backend.setMany([item('whole', 'made of it', { tags: [keyTag('part')], life: life(60_000, 60_000) })]);

const CHANGES: readonly (readonly [string, (backend: CacheBackend) => unknown])[] = [
  ['a store', (backend) => backend.setMany([item('part', 'new')])],
  ['a deletion', (backend) => backend.removeMany(['part'], 'delete')],
  ['a clear', (backend) => backend.clear('pa*')],
  ['an increment', (backend) => backend.increment('part', 1, 60_000)],
];

/** For backends whose capabilities say `keyTags`. */
export const backendDependencies: readonly BackendCase[] = [
  ...CHANGES.map(([what, change]): BackendCase => [
    `${what} of a key reaches what depends on it, an absent key too, and nothing else`,
    async ({ backend }) => {
      assertTrue(backend.capabilities.keyTags === true, 'capabilities.keyTags');
      await depend(backend);
      await backend.setMany([item('other', 1, { tags: [keyTag('another')] })]);
      assertEqual(await valueOf(backend, 'whole'), 'made of it', 'before');
      await change(backend);
      assertEqual(await valueOf(backend, 'whole'), 'miss', 'after');
      assertEqual(await valueOf(backend, 'other'), 1, 'another');
    },
  ]),
  [
    'an expiry of a key leaves what depends on it stale inside its grace',
    async ({ backend, now }) => {
      await depend(backend);
      await backend.removeMany(['part'], 'expire');
      assertTrue((await entryOf(backend, 'whole')).freshUntil <= now(), 'stale');
    },
  ],
  [
    'a fill of a key under its fence, a touch, and the end of its time change nothing',
    async ({ backend, wait }) => {
      await depend(backend);
      const fence = await missFence(backend, 'part');
      await backend.setMany([item('part', 'filled', { condition: fence, life: life(1_000) })]);
      await backend.touch('part', 1_500);
      await wait(2_000);
      assertEqual(await valueOf(backend, 'part'), 'miss', 'part');
      assertEqual(await valueOf(backend, 'whole'), 'made of it', 'whole');
    },
  ],
  [
    'a fill that depends on a key which changed after its miss is never served',
    async ({ backend }) => {
      const fence = await missFence(backend, 'whole');
      await backend.setMany([item('part', 'new')]);
      await backend.setMany([item('whole', 'made of the old', { condition: fence, tags: [keyTag('part')] })]);
      assertTrue(isMiss(await backend.get('whole', 'read')), 'the old value must not be served');
    },
  ],
  [
    'what is made anew after a change is served',
    async ({ backend }) => {
      await depend(backend);
      await backend.setMany([item('part', 'new')]);
      const fence = await missFence(backend, 'whole');
      await backend.setMany([item('whole', 'made anew', { condition: fence, tags: [keyTag('part')] })]);
      assertEqual(await valueOf(backend, 'whole'), 'made anew', 'whole');
    },
  ],
];
