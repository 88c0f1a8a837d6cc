import { assertCode, assertEqual, assertTrue } from '@keepsake/core/testing';
import { ANN, BOB, EVE, fenceOf, heldForOf, type LockStoreCase, MINUTE_MS } from './lock-store-harness.ts';

/** Who holds what, and until when. */
export const holdingCases: readonly LockStoreCase[] = [
  [
    'a free name is granted, and refused to another token with the time that is left',
    async ({ store, peer }) => {
      fenceOf(await store.acquire(['a'], ANN, MINUTE_MS));
      const leftMs = heldForOf(await peer.acquire(['a'], BOB, MINUTE_MS));
      assertTrue(leftMs > MINUTE_MS / 2 && leftMs <= MINUTE_MS, `left: ${leftMs}`);
      fenceOf(await peer.acquire(['b'], BOB, MINUTE_MS));
    },
  ],
  [
    'of many at once exactly one is granted',
    async ({ store, peer }) => {
      const grants = await Promise.all(
        Array.from({ length: 20 }, async (_, i) =>
          (i % 2 === 0 ? store : peer).acquire(['a'], String(i).padStart(32, '0'), MINUTE_MS),
        ),
      );
      assertEqual(grants.filter(({ granted }) => granted).length, 1, 'grants');
    },
  ],
  [
    'acquire is idempotent for the same token: the fence stays, the TTL starts anew',
    async ({ store, wait }) => {
      const fence = fenceOf(await store.acquire(['a'], ANN, 400));
      await wait(250);
      assertEqual(fenceOf(await store.acquire(['a'], ANN, 400)), fence, 'fence');
      await wait(250);
      heldForOf(await store.acquire(['a'], BOB, MINUTE_MS));
    },
  ],
  [
    'a lock lapses after its TTL',
    async ({ store, wait }) => {
      fenceOf(await store.acquire(['a'], ANN, 60));
      await wait(100);
      fenceOf(await store.acquire(['a'], BOB, MINUTE_MS));
      assertEqual(await store.release(['a'], ANN), false, 'release by the one it lapsed for');
      heldForOf(await store.acquire(['a'], EVE, MINUTE_MS));
    },
  ],
  [
    'a TTL of 24 days does not overflow',
    async ({ store }) => {
      fenceOf(await store.acquire(['a'], ANN, 2 ** 31 - 1));
      assertTrue(heldForOf(await store.acquire(['a'], BOB, 10)) > 2 ** 30, 'left');
    },
  ],
  [
    'fences rise with every grant of a name, after a release and after a lapse',
    async ({ store, peer, wait }) => {
      const fences: number[] = [];
      for (const [at, token] of [ANN, BOB, EVE].entries()) {
        fences.push(fenceOf(await (at % 2 === 0 ? store : peer).acquire(['a'], token, 50)));
        if (at === 0) await store.release(['a'], token);
        else await wait(90);
      }
      assertTrue(
        fences.every((fence, at) => at === 0 || fence > (fences[at - 1] ?? 0)),
        `rising: ${fences.join()}`,
      );
      assertTrue(fences.every(Number.isSafeInteger), 'safe integers');
    },
  ],
  [
    'the fence of several names is above the last fence of each',
    async ({ store }) => {
      const first = fenceOf(await store.acquire(['a'], ANN, MINUTE_MS));
      await store.release(['a'], ANN);
      const second = fenceOf(await store.acquire(['b'], ANN, MINUTE_MS));
      await store.release(['b'], ANN);
      const both = fenceOf(await store.acquire(['a', 'b'], BOB, MINUTE_MS));
      assertTrue(both > first && both > second, `${both} above ${first} and ${second}`);
      assertEqual(fenceOf(await store.acquire(['a', 'b'], BOB, MINUTE_MS)), both, 'the same token again');
      await store.release(['a', 'b'], BOB);
      assertTrue(fenceOf(await store.acquire(['a'], EVE, MINUTE_MS)) > both, 'the next of one of them');
    },
  ],
  [
    'of several names all are granted or none, and the time left is that of the longest',
    async ({ store, peer }) => {
      fenceOf(await store.acquire(['b'], ANN, MINUTE_MS));
      fenceOf(await store.acquire(['c'], EVE, 2 * MINUTE_MS));
      const leftMs = heldForOf(await peer.acquire(['a', 'b', 'c'], BOB, 1_000));
      assertTrue(leftMs > MINUTE_MS, `left: ${leftMs}`);
      fenceOf(await store.acquire(['a'], EVE, MINUTE_MS));
    },
  ],
  [
    'names that look alike are different locks, and no name is special',
    async ({ store }) => {
      const names = [
        'a',
        'A',
        'a:b',
        'a%3Ab',
        'a{b}',
        'a%7Bb%7D',
        '{}',
        '}{',
        '__proto__',
        'constructor',
        'a\r\nb',
        '\0',
        'é',
        'e\u0301',
        '*',
        ' ',
      ];
      for (const [at, name] of names.entries()) {
        const token = String(at).padStart(32, '0');
        fenceOf(await store.acquire([name], token, MINUTE_MS));
      }
      for (const name of names) heldForOf(await store.acquire([name], ANN, MINUTE_MS));
    },
  ],
  [
    'whatever is called after close rejects ERR_CLOSED, and close is idempotent',
    async ({ store }) => {
      await store.close();
      await store.close();
      await assertCode(() => store.acquire(['a'], ANN, MINUTE_MS), 'ERR_CLOSED', 'acquire');
      await assertCode(() => store.extend(['a'], ANN, MINUTE_MS), 'ERR_CLOSED', 'extend');
      await assertCode(() => store.release(['a'], ANN), 'ERR_CLOSED', 'release');
      await assertCode(() => store.onRelease(['a'], () => undefined), 'ERR_CLOSED', 'onRelease');
    },
  ],
];
