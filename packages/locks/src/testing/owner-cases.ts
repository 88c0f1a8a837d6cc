import { assertEqual } from '@keepsake/core/testing';
import { ANN, BOB, fenceOf, heldForOf, type LockStoreCase, MINUTE_MS } from './lock-store-harness.ts';

/** What only the owner of a token may do. */
export const ownerCases: readonly LockStoreCase[] = [
  [
    'extend by the owner starts the TTL anew, and may shorten it',
    async ({ store, wait }) => {
      fenceOf(await store.acquire(['a'], ANN, 400));
      await wait(250);
      assertEqual(await store.extend(['a'], ANN, 400), 'extended', 'longer');
      await wait(250);
      heldForOf(await store.acquire(['a'], BOB, MINUTE_MS));
      assertEqual(await store.extend(['a'], ANN, 40), 'extended', 'shorter');
      await wait(80);
      fenceOf(await store.acquire(['a'], BOB, MINUTE_MS));
    },
  ],
  [
    'extend by another token says so and changes nothing',
    async ({ store, peer, wait }) => {
      fenceOf(await store.acquire(['a'], ANN, 100));
      assertEqual(await peer.extend(['a'], BOB, MINUTE_MS), 'other', 'extend');
      await wait(150);
      fenceOf(await peer.acquire(['a'], BOB, MINUTE_MS));
      assertEqual(await store.extend(['a'], ANN, MINUTE_MS), 'other', 'extend by the one it lapsed for');
    },
  ],
  [
    'extend of what has lapsed or was released brings nothing back',
    async ({ store, wait }) => {
      fenceOf(await store.acquire(['a'], ANN, 50));
      await wait(90);
      assertEqual(await store.extend(['a'], ANN, MINUTE_MS), 'absent', 'lapsed');
      fenceOf(await store.acquire(['b'], ANN, MINUTE_MS));
      await store.release(['b'], ANN);
      assertEqual(await store.extend(['b'], ANN, MINUTE_MS), 'absent', 'released');
      fenceOf(await store.acquire(['a', 'b'], BOB, MINUTE_MS));
    },
  ],
  [
    'extend of several names is all or none',
    async ({ store, wait }) => {
      fenceOf(await store.acquire(['a', 'b'], ANN, 100));
      await store.release(['b'], ANN);
      assertEqual(await store.extend(['a', 'b'], ANN, MINUTE_MS), 'absent', 'one is free');
      fenceOf(await store.acquire(['b'], BOB, MINUTE_MS));
      assertEqual(await store.extend(['a', 'b'], ANN, MINUTE_MS), 'other', 'one is taken');
      await wait(150);
      fenceOf(await store.acquire(['a'], BOB, MINUTE_MS));
    },
  ],
  [
    'release by the owner frees, once; by another it frees nothing',
    async ({ store, peer }) => {
      fenceOf(await store.acquire(['a'], ANN, MINUTE_MS));
      assertEqual(await peer.release(['a'], BOB), false, 'by another');
      heldForOf(await peer.acquire(['a'], BOB, MINUTE_MS));
      assertEqual(await store.release(['a'], ANN), true, 'by the owner');
      assertEqual(await store.release(['a'], ANN), false, 'again');
      fenceOf(await peer.acquire(['a'], BOB, MINUTE_MS));
      assertEqual(await store.release(['nobody has it'], ANN), false, 'free');
    },
  ],
  [
    'release of several names frees those that the token holds',
    async ({ store }) => {
      fenceOf(await store.acquire(['a'], ANN, MINUTE_MS));
      fenceOf(await store.acquire(['b'], BOB, MINUTE_MS));
      assertEqual(await store.release(['a', 'b'], ANN), true, 'release');
      fenceOf(await store.acquire(['a'], BOB, MINUTE_MS));
      heldForOf(await store.acquire(['b'], ANN, MINUTE_MS));
    },
  ],
];
