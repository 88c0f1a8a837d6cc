import { assertEqual } from '@keepsake/core/testing';
import { ANN, BOB, fenceOf, type LockStoreCase, MINUTE_MS, until } from './lock-store-harness.ts';

/** Who waits is told. */
export const wakeUpCases: readonly LockStoreCase[] = [
  [
    'a release wakes those who listen for one of its names, in every instance, and nobody else',
    async (harness) => {
      const { store, peer } = harness;
      const heard: string[] = [];
      await store.onRelease(['a'], () => heard.push('here'));
      await peer.onRelease(['a', 'x'], () => heard.push('there'));
      await peer.onRelease(['b'], () => heard.push('b'));
      heard.length = 0;
      fenceOf(await store.acquire(['a'], ANN, MINUTE_MS));
      await store.release(['a'], ANN);
      await until(harness, () => heard.length >= 2);
      assertEqual([...heard].sort(), ['here', 'there'], 'heard');
    },
  ],
  [
    'a release that frees nothing wakes nobody, and an ended subscription hears nothing',
    async (harness) => {
      const { store, peer } = harness;
      const heard: string[] = [];
      await peer.onRelease(['a'], () => heard.push('kept'));
      const end = await peer.onRelease(['a'], () => heard.push('ended'));
      end();
      heard.length = 0;
      fenceOf(await store.acquire(['a'], ANN, MINUTE_MS));
      await store.release(['a'], BOB);
      await harness.wait(100);
      assertEqual(heard, [], 'after the foreign release');
      await store.release(['a'], ANN);
      await until(harness, () => heard.length >= 1);
      await harness.wait(50);
      assertEqual(heard, ['kept'], 'after the release');
    },
  ],
];
