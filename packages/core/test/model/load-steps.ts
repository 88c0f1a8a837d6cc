/** Commands that load. */
import assert from 'node:assert/strict';
import fc, { type Arbitrary } from 'fast-check';
import type { Cache, LoadContext } from '@keepsake/core';
import type { Expected, LoadScript, LoadWish } from './reference-cache.ts';
import { assertSame, inFull, ms, spoil, Step, toOptions } from './step.ts';
import { keys, key, loadWish, script, site } from './wishes.ts';
import { settle } from './world.ts';

const FAILURE = new Error('the source failed');

const negative = (wish: LoadWish): { negativeTtl?: `${number}ms` } =>
  wish.negativeMs === undefined ? {} : { negativeTtl: ms(wish.negativeMs) };

/** Does what the script says, through the context that the cache gave. */
const play = (
  one: LoadScript,
  context: Pick<LoadContext<unknown>, 'skip' | 'setTtl' | 'addTags'>,
): unknown => {
  if (one.skip) context.skip();
  if (one.setTtlMs !== undefined) context.setTtl(ms(one.setTtlMs));
  if (one.addTags.length > 0) context.addTags(...one.addTags);
  if (one.outcome === 'throw') throw FAILURE;
  return one.outcome === 'value' ? structuredClone(one.value) : undefined;
};

interface Loaded {
  loads: number;
  previous: { readonly value: unknown } | undefined;
}

const run = async (
  cache: Cache,
  k: string,
  one: LoadScript,
  options: Parameters<Cache['getOrSet']>[2],
): Promise<Loaded & { error: unknown; value: unknown }> => {
  const loaded: Loaded = { loads: 0, previous: undefined };
  const result = await cache
    .getOrSet<unknown, unknown>(
      k,
      (context) => {
        loaded.loads += 1;
        loaded.previous = context.previous && { value: structuredClone(context.previous.value) };
        spoil(context.previous?.value);
        return play(one, context);
      },
      options,
    )
    .then(
      (value) => ({ error: undefined, value }),
      (error: unknown) => ({ error, value: undefined }),
    );
  await settle(); // a refresh behind has ended, too
  return { ...loaded, ...result };
};

const compare = (
  actual: Loaded & { error: unknown; value: unknown },
  expected: Expected,
  isForced: boolean,
): void => {
  assert.equal(actual.error, expected.error ? FAILURE : undefined, 'error');
  assertSame(actual.value, expected.value, 'value');
  assert.equal(actual.loads, expected.loaded ? 1 : 0, 'loads');
  // What a forced load is told of the value before is left open.
  if (expected.loaded && !isForced) assertSame(actual.previous, expected.previous, 'previous');
};

const getOrSet = fc
  .tuple(site, key, script, loadWish, fc.constantFrom(false, false, false, false, true))
  .map(([where, k, one, wish, isForced]) => {
    // Whether a forced load that fails may fall back on what is there is left open.
    const played = isForced && one.outcome === 'throw' ? { ...one, outcome: 'value' as const } : one;
    const label = `getOrSet(${fc.stringify(k)}, ${fc.stringify(played)}, ${fc.stringify(wish)}, ${isForced})`;
    return new Step(label, where, async (at) => {
      const tagged = { ...played, addTags: played.addTags.map(at.full) };
      const expected = at.model.getOrSet(at.full(k), tagged, inFull(wish, at), isForced);
      const options = { ...toOptions(wish), ...negative(wish), ...(isForced && { forceRefresh: true }) };
      compare(await run(at.cache, k, played, options), expected, isForced);
    });
  });

const getOrSetMany = fc
  .tuple(site, keys, fc.array(script, { minLength: 6, maxLength: 6 }), loadWish, fc.boolean())
  .map(([where, ks, scripts, wish, partial]) => {
    const distinct = [...new Set(ks)];
    const scriptOf = new Map(distinct.map((k, i) => [k, scripts[i] as LoadScript]));
    const label = `getOrSetMany(${fc.stringify([...scriptOf])}, ${fc.stringify(wish)}, ${partial})`;
    return new Step(label, where, async (at) => {
      const expected = new Map(
        [...scriptOf].map(([k, one]) => {
          const tagged = { ...one, addTags: one.addTags.map(at.full) };
          return [k, at.model.getOrSet(at.full(k), tagged, inFull(wish, at), false)];
        }),
      );
      const asked: string[] = [];
      const load = (missing: string[], context: Parameters<Parameters<Cache['getOrSetMany']>[1]>[1]) => {
        asked.push(...missing);
        const pairs: [string, unknown][] = [];
        for (const k of missing) {
          const one = scriptOf.get(k) as LoadScript;
          const own = {
            skip: () => context.skip(k),
            setTtl: (t: Parameters<LoadContext<unknown>['setTtl']>[0]) => context.setTtl(k, t),
            addTags: (...tags: readonly string[]) => context.addTags(k, ...tags),
          };
          try {
            const value = play(one, own);
            if (value !== undefined) pairs.push([k, value]);
          } catch (error) {
            context.fail(k, error);
          }
        }
        return Promise.resolve(pairs);
      };
      const result = await at.cache
        .getOrSetMany<unknown>(ks, load, { ...toOptions(wish), ...negative(wish), partial })
        .catch((error: unknown) => error);
      await settle();
      const loaded = [...expected].filter(([, one]) => one.loaded).map(([k]) => k);
      assert.deepEqual(asked.sort(), loaded.sort(), 'asked of the loader');
      const failed = [...expected.values()].some((one) => one.error);
      if (failed && !partial) {
        assert.ok(result instanceof Error, 'it rejects');
        return;
      }
      const hits = [...expected].filter(([, one]) => !one.error && one.value !== undefined);
      assert.ok(result instanceof Map, `it resolves, not ${String(result)}`);
      assertSame(
        [...result],
        hits.map(([k, one]) => [k, one.value]),
        'values',
      );
    });
  });

export const loadSteps: readonly (readonly [weight: number, Arbitrary<Step>])[] = [
  [8, getOrSet],
  [3, getOrSetMany],
];
