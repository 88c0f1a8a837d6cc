import { CLAIM_MS, type LockGrant, type LockStore } from '@keepsake/core';
import { assertEqual, assertTrue } from '@keepsake/core/testing';
import {
  ANN,
  BOB,
  EVE,
  fenceOf,
  heldForOf,
  type LockStoreCase,
  type LockStoreHarness,
  MINUTE_MS,
  until,
  ZOE,
} from './lock-store-harness.ts';

export interface StandOptions {
  readonly holders?: number;
  readonly placeMs?: number;
  readonly ttlMs?: number;
}

/** Asks with a place in the line of each name; by default to hold it alone, and both for a minute. */
export const stand = async (
  store: LockStore,
  names: string | readonly string[],
  token: string,
  { holders = 1, placeMs = MINUTE_MS, ttlMs = MINUTE_MS }: StandOptions = {},
): Promise<LockGrant> => {
  if (store.acquireInLine === undefined) throw new Error(`${store.name} keeps no lines`);
  return store.acquireInLine(typeof names === 'string' ? [names] : names, token, ttlMs, { holders, placeMs });
};

/** What a token is told from now on. */
export const hear = async (store: LockStore, token: string): Promise<number[]> => {
  if (store.onTurn === undefined) throw new Error(`${store.name} calls nobody`);
  const heard: number[] = [];
  await store.onTurn(token, (inMs) => heard.push(inMs));
  return heard;
};

/** ANN holds `a`; BOB, EVE and ZOE stand in its line, in this order. */
const lineUp = async (harness: LockStoreHarness): Promise<Record<'bob' | 'eve' | 'zoe', number[]>> => {
  const { store, peer } = harness;
  fenceOf(await store.acquire(['a'], ANN, MINUTE_MS));
  const heard = { bob: await hear(store, BOB), eve: await hear(peer, EVE), zoe: await hear(store, ZOE) };
  heldForOf(await stand(store, 'a', BOB));
  heldForOf(await stand(peer, 'a', EVE));
  heldForOf(await stand(store, 'a', ZOE));
  for (const calls of Object.values(heard)) calls.length = 0;
  return heard;
};

/** Those who wait stand in line. */
export const lineCases: readonly LockStoreCase[] = [
  [
    'a lock goes to those who wait for it in the order they came, and a plain acquire comes last',
    async (harness) => {
      const { store, peer } = harness;
      await lineUp(harness);
      await store.release(['a'], ANN);
      heldForOf(await peer.acquire(['a'], 'f'.repeat(32), MINUTE_MS));
      heldForOf(await stand(peer, 'a', EVE));
      fenceOf(await stand(store, 'a', BOB));
      await store.release(['a'], BOB);
      heldForOf(await stand(store, 'a', ZOE));
      fenceOf(await stand(peer, 'a', EVE));
      await peer.release(['a'], EVE);
      fenceOf(await stand(store, 'a', ZOE));
      await store.release(['a'], ZOE);
      fenceOf(await store.acquire(['a'], ANN, MINUTE_MS));
    },
  ],
  [
    'a release calls the first in line, tells the second to stand by, and nobody else',
    async (harness) => {
      const { store } = harness;
      const { bob, eve, zoe } = await lineUp(harness);
      await store.release(['a'], ANN);
      await until(harness, () => bob.length > 0 && eve.length > 0);
      await harness.wait(50);
      assertEqual([bob, eve, zoe], [[0], [CLAIM_MS], []], 'heard');
    },
  ],
  [
    'asking again keeps the place, and starts its time anew',
    async ({ store, peer, wait }) => {
      fenceOf(await store.acquire(['a'], ANN, MINUTE_MS));
      heldForOf(await stand(store, 'a', BOB, { placeMs: 200 }));
      heldForOf(await stand(peer, 'a', EVE));
      await wait(120);
      heldForOf(await stand(store, 'a', BOB, { placeMs: 400 }));
      await wait(120);
      await store.release(['a'], ANN);
      heldForOf(await stand(peer, 'a', EVE));
      fenceOf(await stand(store, 'a', BOB));
    },
  ],
  [
    'a place ends after its time',
    async ({ store, peer, wait }) => {
      fenceOf(await store.acquire(['a'], ANN, MINUTE_MS));
      heldForOf(await stand(store, 'a', BOB, { placeMs: 50 }));
      heldForOf(await stand(peer, 'a', EVE));
      await wait(90);
      await store.release(['a'], ANN);
      fenceOf(await stand(peer, 'a', EVE));
    },
  ],
  [
    'who is called and does not come loses its place',
    async (harness) => {
      const { store, peer, wait } = harness;
      await lineUp(harness);
      await store.release(['a'], ANN);
      const leftMs = heldForOf(await stand(peer, 'a', EVE));
      assertTrue(leftMs > 0 && leftMs <= CLAIM_MS, `left: ${leftMs}`);
      await wait(CLAIM_MS + 50);
      fenceOf(await stand(peer, 'a', EVE));
      heldForOf(await stand(store, 'a', BOB));
      await peer.release(['a'], EVE);
      // It has a new place, behind the others.
      heldForOf(await stand(store, 'a', BOB));
      fenceOf(await stand(store, 'a', ZOE));
    },
  ],
  [
    'a release by one who waits gives its place up, and the next one is called',
    async (harness) => {
      const { store, peer } = harness;
      const { bob, eve } = await lineUp(harness);
      await store.release(['a'], ANN);
      await until(harness, () => bob.length > 0 && eve.length > 0);
      assertEqual(await store.release(['a'], BOB), false, 'release of a place');
      await until(harness, () => eve.includes(0));
      fenceOf(await stand(peer, 'a', EVE));
    },
  ],
  [
    'a lock that lapsed goes to the first in line, whoever asks first',
    async (harness) => {
      const { store, peer, wait } = harness;
      fenceOf(await store.acquire(['a'], ANN, 60));
      const bob = await hear(store, BOB);
      heldForOf(await stand(store, 'a', BOB));
      heldForOf(await stand(peer, 'a', EVE));
      await wait(100);
      heldForOf(await stand(peer, 'a', EVE));
      await until(harness, () => bob.includes(0));
      fenceOf(await stand(store, 'a', BOB));
    },
  ],
  [
    'who waits for several names holds nobody up while one of them is held, and is called when all are free',
    async (harness) => {
      const { store, peer } = harness;
      const bob = await hear(store, BOB);
      fenceOf(await peer.acquire(['b'], ANN, MINUTE_MS));
      heldForOf(await stand(store, ['a', 'b'], BOB));
      fenceOf(await stand(peer, 'a', EVE));
      await peer.release(['b'], ANN);
      fenceOf(await peer.acquire(['b'], ANN, MINUTE_MS));
      await peer.release(['a'], EVE);
      await peer.release(['b'], ANN);
      await until(harness, () => bob.includes(0));
      heldForOf(await peer.acquire(['a'], EVE, MINUTE_MS));
      fenceOf(await stand(store, ['a', 'b'], BOB));
    },
  ],
];
