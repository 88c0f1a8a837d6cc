import type { LockGrant, LockStore } from '@keepsake/core';
import { assertTrue } from '@keepsake/core/testing';

/** One lock store under test, without locks at the start, with what the suite needs around it. */
export interface LockStoreHarness {
  readonly store: LockStore;
  /** Another instance on the same locks, as another process has it; the same one where no other can be. */
  readonly peer: LockStore;
  /** Lets `ms` pass: on a virtual clock, or in earnest. */
  wait(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** One test of the suite: its name says the promise. */
export type LockStoreCase = readonly [name: string, body: (harness: LockStoreHarness) => Promise<void>];

export const ANN: string = 'a'.repeat(32);
export const BOB: string = 'b'.repeat(32);
export const EVE: string = 'e'.repeat(32);
export const ZOE: string = 'f0'.repeat(16);
export const MINUTE_MS = 60_000;

/** The fence of a grant; throws where it was refused. */
export const fenceOf = (grant: LockGrant): number => {
  if (!grant.granted) throw new Error(`expected a grant, got a refusal for ${grant.heldForMs} ms`);
  return grant.fence;
};

/** How long others hold it; throws where it was granted. */
export const heldForOf = (grant: LockGrant): number => {
  if (grant.granted) throw new Error(`expected a refusal, got a grant with fence ${grant.fence}`);
  return grant.heldForMs;
};

/** Wake-ups travel: given two seconds to arrive. */
export const until = async ({ wait }: LockStoreHarness, isDone: () => boolean): Promise<void> => {
  for (let round = 0; round < 100 && !isDone(); round += 1) await wait(20);
  assertTrue(isDone(), 'a wake-up did not arrive within 2 s');
};
