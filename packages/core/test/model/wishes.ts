/** Arbitrary inputs of the commands: few keys and few lengths, so that they meet. */
import fc, { type Arbitrary } from 'fast-check';
import type { LoadScript, LoadWish } from './reference-cache.ts';
import type { Wish } from './reference-entry.ts';
import { KEYS, type Site, TAGS } from './world.ts';

export const site: Arbitrary<Site> = fc.constantFrom('', '', 'c:');
export const key: Arbitrary<string> = fc.constantFrom(...KEYS);
export const keys: Arbitrary<string[]> = fc.array(key, { maxLength: 4 });
const tags = fc.subarray([...TAGS], { maxLength: 2 });
export const someTags: Arbitrary<string[]> = fc.subarray([...TAGS], { minLength: 1, maxLength: 2 });

/** Steps of half a second that meet each other's ends exactly, and a millisecond beside them. */
const lengthMs = fc.constantFrom(500, 1_000, 1_001, 2_000, 6_000, 70_000);
export const ttlMs: Arbitrary<number | undefined> = fc.oneof(
  { weight: 4, arbitrary: lengthMs },
  { weight: 2, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constant(Infinity) },
);
export const passMs: Arbitrary<number> = fc.constantFrom(1, 499, 500, 1_000, 1_500, 4_999, 20_000, 100_000);
const windowMs = fc.constantFrom(0, 0, 500, 1_000, 3_000);

export const wish: Arbitrary<Wish> = fc.record({
  ttlMs,
  swrMs: windowMs,
  graceMs: windowMs,
  sliding: fc.constantFrom(false, false, true),
  tags,
});

export const loadWish: Arbitrary<LoadWish> = fc
  .tuple(wish, fc.constantFrom(undefined, undefined, 500, 2_000))
  .map(([plain, negativeMs]) => ({ ...plain, negativeMs }));

/** Values that a cache could take for "nothing", and objects. */
export const value: Arbitrary<unknown> = fc.oneof(
  fc.integer({ min: 0, max: 9 }),
  fc.constantFrom(null, false, '', 0, Number.NaN, 'abc'),
  fc.integer({ min: 0, max: 99 }).map((n) => ({ n })),
);

export const script: Arbitrary<LoadScript> = fc.record({
  outcome: fc.constantFrom('value', 'value', 'value', 'throw', 'undefined'),
  value,
  skip: fc.constantFrom(false, false, false, false, true),
  setTtlMs: fc.constantFrom(undefined, undefined, 500, 6_000),
  addTags: tags,
});
