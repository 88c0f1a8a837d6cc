import type { Lifetime } from '@keepsake/core';
import type { Argument } from '../client.ts';

/** Whole milliseconds for a script; -1 stands for forever. Beyond 2^48 it is forever there too. */
export const msArg = (ms: number): number => (ms < 2 ** 48 ? Math.ceil(ms) : -1);

/** fresh, swr, grace, sliding */
export const lifeArgs = (life: Lifetime): Argument[] => [
  msArg(life.freshMs),
  msArg(life.swrMs),
  msArg(life.graceMs),
  msArg(life.slidingMs),
];
