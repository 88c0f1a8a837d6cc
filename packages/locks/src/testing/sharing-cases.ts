import { assertEqual, assertTrue } from '@keepsake/core/testing';
import { hear, stand } from './line-cases.ts';
import {
  ANN,
  BOB,
  EVE,
  fenceOf,
  heldForOf,
  type LockStoreCase,
  MINUTE_MS,
  until,
  ZOE,
} from './lock-store-harness.ts';

const READ = { holders: Infinity };
const OF_TWO = { holders: 2 };

/** Names that several may hold. */
export const sharingCases: readonly LockStoreCase[] = [
  [
    'as many share a name as they said, and one more waits until one is freed',
    async (harness) => {
      const { store, peer } = harness;
      fenceOf(await stand(store, 'a', ANN, OF_TWO));
      fenceOf(await stand(peer, 'a', BOB, OF_TWO));
      const eve = await hear(peer, EVE);
      const leftMs = heldForOf(await stand(peer, 'a', EVE, OF_TWO));
      assertTrue(leftMs > MINUTE_MS / 2 && leftMs <= MINUTE_MS, `left: ${leftMs}`);
      assertEqual(await store.release(['a'], EVE), false, 'release by one who waits');
      heldForOf(await stand(peer, 'a', EVE, OF_TWO));
      assertEqual(await peer.release(['a'], BOB), true, 'release');
      assertEqual(await peer.release(['a'], BOB), false, 'release again');
      await until(harness, () => eve.includes(0));
      fenceOf(await stand(peer, 'a', EVE, OF_TWO));
      heldForOf(await stand(store, 'a', ZOE, OF_TWO));
    },
  ],
  [
    'of many who ask at once as many are granted as may share',
    async ({ store, peer }) => {
      const grants = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          stand(i % 2 === 0 ? store : peer, 'a', String(i).padStart(32, '0'), { holders: 3, placeMs: 0 }),
        ),
      );
      assertEqual(grants.filter(({ granted }) => granted).length, 3, 'grants');
    },
  ],
  [
    'those who share keep out who wants it alone, and the other way round',
    async ({ store, peer }) => {
      fenceOf(await stand(store, 'a', ANN, READ));
      fenceOf(await stand(peer, 'a', BOB, READ));
      heldForOf(await peer.acquire(['a'], EVE, MINUTE_MS));
      await store.release(['a'], ANN);
      heldForOf(await peer.acquire(['a'], EVE, MINUTE_MS));
      await peer.release(['a'], BOB);
      fenceOf(await peer.acquire(['a'], EVE, MINUTE_MS));
      heldForOf(await stand(store, 'a', ANN, { ...READ, placeMs: 0 }));
      await peer.release(['a'], EVE);
      fenceOf(await stand(store, 'a', ANN, READ));
    },
  ],
  [
    'a writer does not starve: readers that come after it wait behind it',
    async (harness) => {
      const { store, peer } = harness;
      fenceOf(await stand(store, 'a', ANN, READ));
      const bob = await hear(peer, BOB);
      heldForOf(await stand(peer, 'a', BOB));
      heldForOf(await stand(store, 'a', EVE, READ));
      await store.release(['a'], ANN);
      await until(harness, () => bob.includes(0));
      heldForOf(await stand(store, 'a', EVE, READ));
      fenceOf(await stand(peer, 'a', BOB));
    },
  ],
  [
    'readers behind a writer are called one after the other, without waiting for one another',
    async (harness) => {
      const { store, peer } = harness;
      fenceOf(await store.acquire(['a'], ANN, MINUTE_MS));
      const [bob, eve] = [await hear(store, BOB), await hear(peer, EVE)];
      heldForOf(await stand(store, 'a', BOB, READ));
      heldForOf(await stand(peer, 'a', EVE, READ));
      await store.release(['a'], ANN);
      await until(harness, () => bob.includes(0));
      fenceOf(await stand(store, 'a', BOB, READ));
      await until(harness, () => eve.includes(0));
      fenceOf(await stand(peer, 'a', EVE, READ));
    },
  ],
  [
    'the share of a dead holder lapses after its TTL, and extend brings none back',
    async ({ store, peer, wait }) => {
      fenceOf(await stand(store, 'a', ANN, { ...OF_TWO, ttlMs: 60 }));
      fenceOf(await stand(peer, 'a', BOB, OF_TWO));
      await wait(100);
      assertEqual(await store.extend(['a'], ANN, MINUTE_MS), 'absent', 'extend');
      assertEqual(await store.release(['a'], ANN), false, 'release');
      fenceOf(await stand(peer, 'a', EVE, OF_TWO));
      heldForOf(await stand(store, 'a', ANN, OF_TWO));
    },
  ],
  [
    'extend by one who shares starts its TTL anew, and nobody else can',
    async ({ store, peer, wait }) => {
      fenceOf(await stand(store, 'a', ANN, { ...READ, ttlMs: 400 }));
      await wait(250);
      assertEqual(await store.extend(['a'], ANN, 400), 'extended', 'extend');
      assertEqual(await peer.extend(['a'], BOB, MINUTE_MS), 'absent', 'extend by another');
      await wait(250);
      heldForOf(await peer.acquire(['a'], BOB, MINUTE_MS));
      await wait(250);
      fenceOf(await peer.acquire(['a'], BOB, MINUTE_MS));
      assertEqual(await store.extend(['a'], ANN, MINUTE_MS), 'other', 'extend after another took it');
    },
  ],
  [
    'fences rise over those who share and those who do not, and the same token keeps its own',
    async ({ store, peer }) => {
      const ann = fenceOf(await stand(store, 'a', ANN, READ));
      const bob = fenceOf(await stand(peer, 'a', BOB, READ));
      assertEqual(fenceOf(await stand(store, 'a', ANN, READ)), ann, 'the same token again');
      await store.release(['a'], ANN);
      await peer.release(['a'], BOB);
      const eve = fenceOf(await store.acquire(['a'], EVE, MINUTE_MS));
      assertTrue(bob > ann && eve > bob, `rising: ${ann}, ${bob}, ${eve}`);
    },
  ],
];
