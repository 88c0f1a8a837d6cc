import { CacheError, type Duration, toMs } from '@keepsake/core';

/** Shortest and longest TTL; each store draws its own between them, so that entries do not expire together. */
export type TtlRange = readonly [shortest: Duration, longest: Duration];

export type Ttl = Duration | 'forever' | TtlRange;

/** Numbers from 0 (included) to 1 (excluded), as `Math.random`. */
export type RandomSource = () => number;

/** Throws ERR_TTL for an invalid duration and for a range whose ends are the wrong way round. */
export const checkTtl = (ttl: Ttl): void => {
  if (ttl === 'forever') return;
  if (!isRange(ttl)) return void toMs(ttl);
  if (toMs(ttl[0]) > toMs(ttl[1])) {
    throw new CacheError('ERR_TTL', `ttl: the range runs backwards, from ${ttl[0]} to ${ttl[1]}`);
  }
};

/** The TTL of one store: whole milliseconds, both ends included, each equally likely. */
export const pickTtl = (ttl: Ttl, random: RandomSource): Duration | 'forever' => {
  if (!isRange(ttl)) return ttl;
  const shortestMs = toMs(ttl[0]);
  const stepsMs = toMs(ttl[1]) - shortestMs + 1;
  return `${shortestMs + Math.floor(random() * stepsMs)}ms`;
};

const isRange = (ttl: Ttl): ttl is TtlRange => Array.isArray(ttl);
