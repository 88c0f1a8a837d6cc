import type { Lifetime } from '../backend.ts';
import type { GetOrSetOptions, SetOptions } from '../cache.ts';
import { checkObject, refuse } from '../check.ts';
import { type Duration, toMs, toMsOrForever } from '../duration.ts';
import { CacheError } from '../errors.ts';
import { KEY_TAG } from '../key-tag.ts';
import { type LifetimeOptions, type ResolvedOptions, resolveTimeouts, staleWindow } from '../options.ts';

/** Tags of one entry; more are refused. */
export const MAX_TAGS = 64;
const MAX_TAG_LENGTH = 512;

/** What one call wants, its options resolved over the cache's. */
export interface LoadPlan {
  readonly life: Lifetime;
  readonly sliding: boolean;
  readonly tags: readonly string[];
  readonly negativeMs: number;
  readonly softTimeoutMs: number;
  readonly hardTimeoutMs: number;
  /** How long a caller waits. */
  readonly deadlineMs: number;
}

export const planLoad = (options: GetOrSetOptions, base: ResolvedOptions): LoadPlan => {
  const life = planLife(options, base);
  const { softTimeoutMs, hardTimeoutMs, deadlineMs } = resolveTimeouts(options, base);
  return {
    life,
    sliding: options.sliding ?? base.sliding,
    tags: checkTags(options.tags ?? []),
    negativeMs:
      options.negativeTtl === undefined ? base.negativeTtlMs : toMs(options.negativeTtl, 'negativeTtl'),
    softTimeoutMs,
    hardTimeoutMs,
    deadlineMs,
  };
};

/** Lifetime of one store: its own options, else the cache's; jitter only shortens. */
export const planLife = (options: LifetimeOptions | SetOptions, base: ResolvedOptions): Lifetime => {
  checkObject('options', options); // a TTL alone, in their place, would be ignored
  const ttlMs = options.ttl === undefined ? base.ttlMs : toMsOrForever(options.ttl);
  return { ...freshFor(ttlMs, options.sliding ?? base.sliding, base), ...staleWindow(options, base) };
};

/** The lifetime with another TTL, decided by the loader. */
export const withTtl = (
  { life, sliding }: LoadPlan,
  ttl: Duration | 'forever',
  base: ResolvedOptions,
): Lifetime => ({ ...life, ...freshFor(toMsOrForever(ttl), sliding, base) });

const freshFor = (
  ttlMs: number,
  sliding: boolean,
  base: ResolvedOptions,
): Pick<Lifetime, 'freshMs' | 'slidingMs'> => ({
  freshMs: jittered(ttlMs, base.ttlJitter),
  slidingMs: sliding && ttlMs !== Infinity ? ttlMs : 0,
});

const jittered = (ttlMs: number, share: number): number =>
  share === 0 || ttlMs === Infinity ? ttlMs : Math.max(1, Math.ceil(ttlMs * (1 - share * Math.random())));

/** @throws CacheError ERR_TAG for a tag that is no text, too long or ill-formed, or too many. */
export const checkTags = (tags: readonly string[]): readonly string[] => {
  if (!Array.isArray(tags)) return refuse('tags', 'an array', 'ERR_TAG');
  for (const tag of tags as readonly unknown[]) {
    if (
      typeof tag !== 'string' ||
      tag === '' ||
      tag === KEY_TAG ||
      tag === KEY_TAG + KEY_TAG ||
      (tag.length > MAX_TAG_LENGTH && !tag.startsWith(KEY_TAG)) ||
      !tag.isWellFormed()
    ) {
      return refuse('tag', `1 to ${MAX_TAG_LENGTH} characters of well-formed text`, 'ERR_TAG');
    }
  }
  const distinct = [...new Set(tags)];
  if (distinct.length > MAX_TAGS) {
    throw new CacheError('ERR_TAG', `tags: ${distinct.length} on one entry, the most is ${MAX_TAGS}`);
  }
  return distinct;
};
