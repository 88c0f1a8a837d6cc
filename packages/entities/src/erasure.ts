/**
 * Removes every trace of a subject, in three steps. All keys are walked, and the entries that carry a tag of the
 * subject are deleted. Then the subject is cut off: one invalidation of these tags, after which no load that began
 * before can store anything. Then the keys are walked again, for what was stored between the two: the tags have
 * made it dead, but it still lies in the stores until its TTL ends. The walks cost time in proportion to the
 * cache; they are meant for the rare day on which somebody asks to be forgotten.
 */
import { type Cache, type Invalidation, isCacheError, type Tier } from '@keepsake/core';
import type { PartDefinition } from './define-entity.ts';

/** Keys that are looked at together. */
const WALKED_AT_ONCE = 500;

/** What one call of `invalidateTags` takes. */
const TAGS_AT_ONCE = 64;

/** What was removed of a subject. */
export interface Erasure {
  /**
   * Entries that were found and deleted, one a key whatever the tiers; dead ones of others, which lay there until their
   * TTL, count as well. Undefined: it is not known.
   */
  readonly entries: number | undefined;
  /** The tags that were invalidated. */
  readonly tags: readonly string[];
  /** The tiers that this cache has, each of which was asked. */
  readonly tiers: readonly Tier[];
  /** False: a store could not be reached. What is left in it is not served, but lies there: call again. */
  readonly acknowledged: boolean;
}

/** What is to be erased. */
export interface Traces {
  readonly tags: readonly string[];
  /** Parts of which every entry goes, for it is not known which are the subject's. */
  readonly parts: readonly PartDefinition[];
}

export const erase = async (cache: Cache, { tags, parts }: Traces): Promise<Erasure> => {
  const wanted = new Set(tags);
  const found = await deleteWhere(cache, async (key) => {
    const { outcome, tags: its } = await cache.inspect(key);
    return outcome === 'miss' || its.some((tag) => wanted.has(tag));
  });
  const [byTag, byPattern] = await Promise.all([
    Promise.all(chunks(tags).map((some) => cache.invalidateTags(some))),
    Promise.all(parts.flatMap(patternsOf).map((pattern) => cache.clear(pattern))),
  ]);
  const left = await deleteWhere(
    cache,
    // An inspection that misses holds the right to fill: only what cannot be served is inspected.
    async (key) => !(await cache.has(key)) && (await cache.inspect(key)).outcome === 'miss',
  );
  const counts = [found.count, left.count, ...byPattern.map(({ count }) => count)];
  const all = [...found.removals, ...byTag, ...byPattern, ...left.removals];
  return {
    entries: counts.includes(undefined) ? undefined : counts.reduce<number>((sum, n) => sum + (n ?? 0), 0),
    tags,
    tiers: cache.tiers,
    acknowledged: all.every(({ acknowledged }) => acknowledged),
  };
};

/** A walk that a store which is away cuts short. */
const CUT_SHORT: Invalidation = Object.freeze({ acknowledged: false, count: undefined });

const deleteWhere = async (
  cache: Cache,
  isToGo: (key: string) => Promise<boolean>,
): Promise<{ count: number | undefined; removals: readonly Invalidation[] }> => {
  const removals: Invalidation[] = [];
  let count = 0;
  const keys = new Set<string>(); // a walk may come by a key twice
  const look = async (): Promise<void> => {
    const batch = [...keys];
    keys.clear();
    const verdicts = await Promise.all(batch.map(isToGo));
    const gone = batch.filter((_, i) => verdicts[i]);
    count += gone.length;
    if (gone.length > 0) removals.push(await cache.deleteMany(gone));
  };
  try {
    for await (const key of cache.keys()) {
      keys.add(key);
      if (keys.size >= WALKED_AT_ONCE) await look();
    }
    await look();
    return { count, removals };
  } catch (error) {
    if (!isCacheError(error) || error.code === 'ERR_CLOSED') throw error;
    return { count: undefined, removals: [...removals, CUT_SHORT] }; // the cutting off is tried all the same
  }
};

/** Ids are escaped segments, so `*` stands for one, or for several where a part adds owner and variant. */
const patternsOf = ({ template, variants, per }: PartDefinition): string[] => {
  const plain = template.text.replaceAll(/\{\w+\}/g, '*');
  return variants || per !== undefined ? [plain, `${plain}:*`] : [plain];
};

const chunks = (tags: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(tags.length / TAGS_AT_ONCE) }, (_, i) =>
    tags.slice(i * TAGS_AT_ONCE, (i + 1) * TAGS_AT_ONCE),
  );
