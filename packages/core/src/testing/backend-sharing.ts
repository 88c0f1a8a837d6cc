import { isMiss } from '../backend.ts';
import type { CacheBackend } from '../backend.ts';
import type { BackendHarness } from './backend-harness.ts';
import { item, missFence, valueOf } from './backend-harness.ts';
import type { BackendCase } from './backend-harness.ts';
import { assertEqual, assertTrue } from './runner.ts';

const peerOf = (harness: BackendHarness): CacheBackend => {
  if (!harness.peer) throw new Error('a shared backend needs a peer in its harness');
  return harness.peer;
};

export const backendSharing: readonly BackendCase[] = [
  [
    'what one process stores, another reads, and removes',
    async (harness) => {
      const peer = peerOf(harness);
      await harness.backend.setMany([item('a', new Date(5), { tags: ['t'] })]);
      assertEqual(await valueOf(peer, 'a'), new Date(5), 'read by the peer');
      await peer.invalidateTags(['t'], 'delete');
      assertEqual(await valueOf(harness.backend, 'a'), 'miss', 'removed by the peer');
    },
  ],
  [
    'of two processes that miss one key, one may fill',
    async (harness) => {
      const peer = peerOf(harness);
      await missFence(harness.backend, 'a');
      const read = await peer.get('a', 'fill');
      assertTrue(
        isMiss(read) && read.fence === undefined && (read.heldForMs ?? 0) > 0,
        'the other must wait',
      );
    },
  ],
  [
    'who only looked (intent fence) keeps nobody from filling',
    async (harness) => {
      const peer = peerOf(harness);
      const look = await harness.backend.get('a', 'fence');
      const fence = await missFence(peer, 'a');
      assertEqual(await peer.setMany([item('a', 'made', { condition: fence })]), ['stored'], 'the fill');
      if (!isMiss(look) || !look.fence) throw new Error('expected a miss with a fence');
      assertEqual(
        await harness.backend.setMany([item('a', 'looked', { condition: look.fence })]),
        ['fenced'],
        'the look',
      );
      assertEqual(await valueOf(peer, 'a'), 'made', 'value');
    },
  ],
  [
    'a removal by another process refuses the fill',
    async (harness) => {
      const fence = await missFence(harness.backend, 'a');
      await peerOf(harness).removeMany(['a'], 'delete');
      assertEqual(
        await harness.backend.setMany([item('a', 'old', { condition: fence })]),
        ['fenced'],
        'outcome',
      );
    },
  ],
  [
    'a tag invalidated by another process kills the fill that began before',
    async (harness) => {
      const fence = await missFence(harness.backend, 'a');
      await peerOf(harness).invalidateTags(['t'], 'delete');
      await harness.backend.setMany([item('a', 'old', { condition: fence, tags: ['t'] })]);
      assertEqual(await valueOf(peerOf(harness), 'a'), 'miss', 'value');
    },
  ],
  [
    'increments of two processes at once are all counted',
    async (harness) => {
      const both = [harness.backend, peerOf(harness)];
      await Promise.all(Array.from({ length: 50 }, async (_, i) => both[i % 2]?.increment('n', 1, 60_000)));
      assertEqual(await valueOf(harness.backend, 'n'), 50, 'total');
    },
  ],
];
