import { refuse } from './check.ts';

type Unit = 'ms' | 's' | 'm' | 'h' | 'd';

/**
 * A length of time: a number of **seconds** (fractions allowed) or a literal such as `'250ms'`, `'30s'`,
 * `'10m'`, `'1h'`, `'7d'`. Rounded up to a whole millisecond. Bounds: 0.001 s to 2^53-1 s.
 */
export type Duration = number | `${number}${Unit}`;

const MS_PER: Record<Unit, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const LITERAL = /^(\d+(?:\.\d+)?|\.\d+)(ms|s|m|h|d)$/;
const LONGEST_S = Number.MAX_SAFE_INTEGER;

/**
 * Milliseconds of a duration, a whole number of at least 1. Binary fractions are cleaned before rounding
 * up, so that 0.001 s is 1 ms and 1.1 s is 1,100 ms.
 *
 * @throws CacheError ERR_TTL for anything that is not a positive finite duration within the bounds.
 */
export const toMs = (duration: Duration, what = 'ttl'): number => {
  const ms = rawMs(duration);
  if (ms === undefined || !(ms > 0) || ms / 1_000 > LONGEST_S) {
    return refuse(what, "a positive number of seconds or a literal like '30s'", 'ERR_TTL');
  }
  return Math.max(1, Math.ceil(Number(ms.toPrecision(15))));
};

/** Like `toMs`, and the word `'forever'` is Infinity. */
export const toMsOrForever = (duration: Duration | 'forever', what = 'ttl'): number =>
  duration === 'forever' ? Infinity : toMs(duration, what);

/** Like `toMs`, and 0 is allowed: for windows that may be absent (`swr`, `grace`). */
export const toMsOrZero = (duration: Duration, what: string): number =>
  duration === 0 ? 0 : toMs(duration, what);

const rawMs = (duration: unknown): number | undefined => {
  if (typeof duration === 'number') return duration * 1_000;
  if (typeof duration !== 'string') return undefined;
  const match = LITERAL.exec(duration);
  return match ? Number(match[1]) * MS_PER[match[2] as Unit] : undefined;
};
