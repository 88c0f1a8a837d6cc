/**
 * Removes every trace of a subject, in three steps. All keys are walked, and the entries that carry a tag of the
 * subject are deleted. Then the subject is cut off: one invalidation of these tags, after which no load that began
 * before can store anything. Then the keys are walked again, for what was stored between the two: the tags have
 * made it dead, but it still lies in the stores until its TTL ends. The walks cost time in proportion to the
 * cache; they are meant for the rare day on which somebody asks to be forgotten.
 */
import {
  type Cache,
  CacheError,
  type Clock,
  type Duration,
  type Invalidation,
  isCacheError,
  toMs,
} from '@keepsake/core';
import { refuseUnknown, type Words } from '@keepsake/core/words';
import { batchesOf } from './batches.ts';
import type { PartDefinition } from './define-entity.ts';
import { type Erasure, ErasureError } from './erasure-outcome.ts';
import { within } from './within.ts';

/** Keys that are looked at together. */
const WALKED_AT_ONCE = 500;

/** What one call of `invalidateTags` takes. */
const TAGS_AT_ONCE = 64;

const DEFAULT_TIMEOUT_MS = 10_000;

export interface ErasureOptions {
  /** A store that is asked for the next of its keys may take so long; then ErasureError. Default 10 s. */
  timeout?: Duration;
}

/** What is to be erased. */
export interface Traces {
  readonly tags: readonly string[];
  /** Parts of which every entry goes, for it is not known which are the subject's. */
  readonly parts: readonly PartDefinition[];
}

interface Pace {
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/** @throws CacheError ERR_OPTION, ERR_TTL */
export const toPace = (options: ErasureOptions, clock: Clock): Pace => {
  refuseUnknown('erasure', options, WORDS);
  const { timeout } = options;
  return { clock, timeoutMs: timeout === undefined ? DEFAULT_TIMEOUT_MS : toMs(timeout, 'timeout') };
};

const WORDS: Words<ErasureOptions> = { timeout: true };

/** @throws ErasureError where the keys cannot be listed in time; CacheError ERR_OPTION inside a transaction. */
export const erase = async (cache: Cache, { tags, parts }: Traces, pace: Pace): Promise<Erasure> => {
  if ((cache as { readonly isInTransaction?: boolean }).isInTransaction === true) {
    // In there every entry looks like none, and what is deleted before the commit a reader may bring back.
    throw new CacheError('ERR_OPTION', 'erasure: it goes behind the commit, not inside afterCommit');
  }
  const wanted = new Set(tags);
  const found = await deleteWhere(cache, pace, async (key) => {
    const { outcome, tags: its } = await cache.inspect(key);
    return outcome === 'miss' || its.some((tag) => wanted.has(tag));
  });
  const [byTag, byPattern] = await Promise.all([
    Promise.all(batchesOf(tags, TAGS_AT_ONCE).map((some) => cache.invalidateTags(some))),
    Promise.all(parts.flatMap(patternsOf).map((pattern) => cache.clear(pattern))),
  ]);
  const walks = [found];
  if (!found.late) {
    // An inspection that misses holds the right to fill: only what cannot be served is inspected.
    const isDead = async (key: string): Promise<boolean> =>
      !(await cache.has(key)) && (await cache.inspect(key)).outcome === 'miss';
    walks.push(await deleteWhere(cache, pace, isDead));
  }
  const counts = [...walks, ...byPattern].map(({ count }) => count);
  const isCutOff = [...byTag, ...byPattern].every(({ acknowledged }) => acknowledged);
  const late = walks.find((walk) => walk.late)?.late;
  const erasure: Erasure = {
    entries: counts.includes(undefined) ? undefined : counts.reduce<number>((sum, n) => sum + (n ?? 0), 0),
    tags,
    tiers: cache.tiers,
    acknowledged: isCutOff && walks.every(({ acknowledged }) => acknowledged),
  };
  if (late) throw new ErasureError(erasure, isCutOff, late);
  return erasure;
};

interface Walk extends Invalidation {
  /** Why it was left alone: the store did not give the next key in time. */
  readonly late?: unknown;
}

const deleteWhere = async (
  cache: Cache,
  { clock, timeoutMs }: Pace,
  isToGo: (key: string) => Promise<boolean>,
): Promise<Walk> => {
  let count = 0;
  let acknowledged = true;
  let late: unknown;
  const look = async (keys: readonly string[]): Promise<void> => {
    const verdicts = await Promise.all(keys.map(isToGo));
    const gone = keys.filter((_, i) => verdicts[i]);
    count += gone.length;
    if (gone.length > 0) acknowledged = (await cache.deleteMany(gone)).acknowledged && acknowledged;
  };
  const walk = cache.keys()[Symbol.asyncIterator]();
  const step = async (signal: AbortSignal): Promise<IteratorResult<string>> => {
    signal.addEventListener('abort', () => (late = signal.reason), { once: true });
    return walk.next();
  };
  try {
    const keys = new Set<string>(); // a walk may come by a key twice
    for (;;) {
      const next = await within(clock, timeoutMs, 'keys', step);
      if (next.done !== true) keys.add(next.value);
      if (next.done !== true && keys.size < WALKED_AT_ONCE) continue;
      await look([...keys]);
      keys.clear();
      if (next.done === true) return { count, acknowledged };
    }
  } catch (error) {
    // One that does not answer would not hear that it may end, either.
    if (late === undefined) await walk.return?.();
    if (!isCacheError(error) || error.code === 'ERR_CLOSED') throw error;
    return { count, acknowledged: false, late }; // the cutting off is tried all the same
  }
};

/** Ids are escaped segments, so `*` stands for one, or for several where a part adds owner and variant. */
const patternsOf = ({ template, variants, per }: PartDefinition): string[] => {
  const plain = template.text.replaceAll(/\{\w+\}/g, '*');
  return variants || per !== undefined ? [plain, `${plain}:*`] : [plain];
};
