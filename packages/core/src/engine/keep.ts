import type { StoreOutcome } from '../backend.ts';
import { copyValue } from '../copy.ts';
import { isCacheError, isClosed } from '../errors.ts';
import type { Landing } from './flight.ts';
import type { Seat } from './seat.ts';
import type { StoreContent } from './near-copy.ts';
import { MAX_TAGS } from './plan.ts';
import type { Reporter } from './reporter.ts';
import type { Scope } from './runtime.ts';

/** The value as a caller may have it: a copy of its own, unless values are shared by reference. */
export const isolated = <T>({ options }: Scope, value: T): T =>
  typeof value !== 'object' || value === null || options.isolation === 'reference' ? value : copyValue(value);

/** Stores what a loader gave, under its fence, and says how it lands. Storing never makes the call fail. */
export const keep = async (
  scope: Scope,
  { flight, fence, life, tags, isSkipped, plan }: Seat,
  value: unknown,
  dependencies: ReadonlySet<string>,
  madeAt: number,
): Promise<Landing> => {
  const { runtime, options, reporter, space } = scope;
  const { tiers, clock } = runtime;
  const { key } = flight;
  const isNegative = value === undefined;
  const fullTags = [...new Set([...tags.map((tag) => space.fullTag(tag)), ...dependencies])];
  const landing: Landing = {
    value,
    source: 'loader',
    copyable: options.isolation === 'copy' && !isNegative,
    tags: fullTags,
  };
  const isTooDependent = fullTags.length > MAX_TAGS;
  if (isTooDependent) reporter.tell('entry.rejected', { key }, { reason: 'dependencies' });
  if (isSkipped || !fence || isTooDependent || (isNegative && plan.negativeMs === 0)) {
    if (fence) await tiers.release(fence);
    return landing;
  }
  try {
    const content = contentFor(scope, key, value, {
      life: isNegative ? { freshMs: plan.negativeMs, swrMs: 0, graceMs: 0, slidingMs: 0 } : life,
      tags: fullTags,
      costMs: clock.now() - madeAt,
    });
    const outcome = await tiers.fill(content, fence, madeAt, flight.kind === 'forced');
    reportStore(reporter, content, outcome);
  } catch (error) {
    await tiers.release(fence);
    if (isClosed(error)) return landing; // the cache was closed during the load: its callers get what it made
    if (!isCacheError(error) || error.code !== 'ERR_SERIALIZE') throw error;
    reporter.tell('entry.rejected', { key }, { reason: 'serialize' });
    return { ...landing, copyable: false };
  }
  return landing;
};

/** What is stored for a value: the value itself, apart from the caller's, and all that is said of it. */
export const contentFor = (
  scope: Scope,
  key: string,
  value: unknown,
  { life, tags, costMs }: Pick<StoreContent, 'life' | 'tags' | 'costMs'>,
): StoreContent => ({
  key,
  // What cannot be copied is refused here, primitives (a function, a symbol) too.
  value: scope.options.isolation === 'copy' ? copyValue(value) : value,
  life,
  ageMs: 0,
  costMs,
  negative: value === undefined,
  tags,
  version: scope.shape?.version ?? 0,
  acceptedBy: scope.shape,
  maxBytes: scope.options.maxValueBytes,
});

/** Counts and tells what became of a store; true: stored. */
export const reportStore = (
  reporter: Reporter,
  { key, life }: StoreContent,
  outcome: StoreOutcome | undefined,
): boolean => {
  if (outcome === 'stored') reporter.tell('entry.stored', { key }, { ttlMs: life.freshMs });
  if (outcome === 'fenced') reporter.tell('load.fenced', { key }, {});
  if (outcome === 'too-large' || outcome === 'full') {
    reporter.tell('entry.rejected', { key }, { reason: outcome });
  }
  return outcome === 'stored';
};
