/** Commands that read, write and remove. */
import assert from 'node:assert/strict';
import fc, { type Arbitrary } from 'fast-check';
import { isCacheError } from '@keepsake/core';
import { assertSame, inFull, ms, spoil, Step, toOptions } from './step.ts';
import { key, keys, passMs, site, someTags, ttlMs, value, wish } from './wishes.ts';

const show = (...parts: unknown[]): string => parts.map((part) => fc.stringify(part)).join(', ');

const set = fc.tuple(site, key, value, wish).map(
  ([where, k, v, w]) =>
    new Step(`set(${show(k, v, w)})`, where, async (at) => {
      const given = structuredClone(v);
      assert.equal(await at.cache.set(k, given, toOptions(w)), true);
      spoil(given);
      at.model.set(at.full(k), v, inFull(w, at));
    }),
);

const setIfAbsent = fc.tuple(site, key, value, wish).map(
  ([where, k, v, w]) =>
    new Step(`setIfAbsent(${show(k, v, w)})`, where, async (at) => {
      const stored = await at.cache.setIfAbsent(k, structuredClone(v), toOptions(w));
      assert.equal(stored, at.model.setIfAbsent(at.full(k), v, inFull(w, at)));
    }),
);

const setMany = fc.tuple(site, fc.array(fc.tuple(key, value), { maxLength: 4 }), wish).map(
  ([where, pairs, w]) =>
    new Step(`setMany(${show(pairs, w)})`, where, async (at) => {
      assert.equal(await at.cache.setMany(structuredClone(pairs), toOptions(w)), pairs.length);
      for (const [k, v] of pairs) at.model.set(at.full(k), v, inFull(w, at));
    }),
);

const get = fc
  .tuple(site, key)
  .map(
    ([where, k]) =>
      new Step(`get(${show(k)})`, where, async (at) =>
        assertSame(await at.cache.get(k), at.model.get(at.full(k)), 'get'),
      ),
  );

const getMany = fc.tuple(site, keys).map(
  ([where, ks]) =>
    new Step(`getMany(${show(ks)})`, where, async (at) => {
      const hits = ks.map((k) => [k, at.model.get(at.full(k))] as const);
      const expected = hits.filter(([, v]) => v !== undefined);
      assertSame([...(await at.cache.getMany(ks))], [...new Map(expected)], 'getMany');
    }),
);

const inspect = fc.tuple(site, key).map(
  ([where, k]) =>
    new Step(`inspect(${show(k)})`, where, async (at) => {
      const seen = await at.cache.inspect(k);
      const state = at.model.state(at.full(k));
      const entry = at.model.entries.get(at.full(k));
      if (!entry || state === 'gone' || entry.negative) {
        assert.equal(seen.outcome, 'miss');
        if (entry?.negative && state === 'fresh') assert.equal(seen.reason, 'negative');
        return;
      }
      assert.equal(seen.outcome, state === 'fresh' ? 'hit' : 'stale');
      assert.deepEqual([...seen.tags].sort().map(at.full), [...new Set(entry.tags)].sort());
      assert.equal(seen.ttlMs, Math.max(0, entry.freshUntil - at.world.clock.now()));
      assertSame(seen.value, entry.value, 'inspect');
    }),
);

const has = fc
  .tuple(site, key)
  .map(
    ([where, k]) =>
      new Step(`has(${show(k)})`, where, async (at) =>
        assert.equal(await at.cache.has(k), at.model.isServable(at.full(k))),
      ),
  );

const ttl = fc.tuple(site, key).map(
  ([where, k]) =>
    new Step(`ttl(${show(k)})`, where, async (at) => {
      const entry = at.model.entries.get(at.full(k));
      const isFresh = entry && !entry.negative && at.model.state(at.full(k)) === 'fresh';
      const leftMs = isFresh ? entry.freshUntil - at.world.clock.now() : undefined;
      assert.equal(await at.cache.ttl(k), leftMs === undefined ? undefined : leftMs / 1_000);
    }),
);

const touch = fc.tuple(site, key, ttlMs).map(([where, k, t]) => {
  const ttlMsGiven = t ?? 1_000;
  return new Step(`touch(${show(k, ttlMsGiven)})`, where, async (at) => {
    const done = await at.cache.touch(k, ttlMsGiven === Infinity ? 'forever' : ms(ttlMsGiven));
    assert.equal(done, at.model.touch(at.full(k), ttlMsGiven));
  });
});

const deleteOne = fc.tuple(site, key).map(
  ([where, k]) =>
    new Step(`delete(${show(k)})`, where, async (at) => {
      const count = at.model.delete([at.full(k)]);
      assert.deepEqual(await at.cache.delete(k), { acknowledged: true, count });
    }),
);

const deleteMany = fc.tuple(site, keys).map(
  ([where, ks]) =>
    new Step(`deleteMany(${show(ks)})`, where, async (at) => {
      const count = at.model.delete(ks.map(at.full));
      assert.deepEqual(await at.cache.deleteMany(ks), { acknowledged: true, count });
    }),
);

const expire = fc.tuple(site, key).map(
  ([where, k]) =>
    new Step(`expire(${show(k)})`, where, async (at) => {
      const count = at.model.expire(at.full(k));
      assert.deepEqual(await at.cache.expire(k), { acknowledged: true, count });
    }),
);

const invalidateTags = fc.tuple(site, someTags, fc.constantFrom('delete', 'expire', undefined)).map(
  ([where, tags, mode]) =>
    new Step(`invalidateTags(${show(tags, mode)})`, where, async (at) => {
      const done = await at.cache.invalidateTags(tags, mode ? { mode } : undefined);
      assert.equal(done.acknowledged, true);
      at.model.invalidateTags(tags.map(at.full), mode ?? 'delete');
    }),
);

/** Patterns beside what they mean, said without a glob. */
const PATTERNS: readonly (readonly [string | { prefix: string } | undefined, (key: string) => boolean])[] = [
  [undefined, () => true],
  ['*', () => true],
  ['a*', (k) => k.startsWith('a')],
  ['?', (k) => k.length === 1],
  ['x:[1a]', (k) => k === 'x:1'],
  ['[^n]', (k) => k.length === 1 && k !== 'n'],
  ['nothing*', () => false],
  [{ prefix: 'x:' }, (k) => k.startsWith('x:')],
  [{ prefix: 'a' }, (k) => k.startsWith('a')],
];

const clear = fc.tuple(site, fc.constantFrom(...PATTERNS)).map(
  ([where, [pattern, matches]]) =>
    new Step(`clear(${show(pattern)})`, where, async (at) => {
      const isHit = (full: string): boolean =>
        full.startsWith(at.full('')) && matches(full.slice(at.full('').length));
      const count = at.model.clear(isHit);
      assert.deepEqual(await at.cache.clear(pattern), { acknowledged: true, count });
    }),
);

const increment = fc
  .tuple(site, fc.constantFrom('n', 'n', 'n', 'a'), fc.integer({ min: -3, max: 3 }), ttlMs)
  .map(
    ([where, k, by, t]) =>
      new Step(`increment(${show(k, by, t)})`, where, async (at) => {
        const expected = at.model.increment(at.full(k), by, t);
        const options = t === undefined ? {} : { ttl: t === Infinity ? ('forever' as const) : ms(t) };
        const total = await at.cache
          .increment(k, by, options)
          .catch((error: unknown) => (isCacheError(error) ? error.code : error));
        assert.equal(total, expected);
      }),
  );

const pass = passMs.map(
  (length) =>
    new Step(`pass ${length} ms`, '', (at) => {
      at.world.clock.block(length);
      return Promise.resolve();
    }),
);

/** The same with the timers that fall due; slower, so rarer. */
const advance = passMs.map(
  (length) => new Step(`advance ${length} ms`, '', (at) => at.world.clock.advance(length)),
);

export const plainSteps: readonly (readonly [weight: number, Arbitrary<Step>])[] = [
  [6, set],
  [2, setIfAbsent],
  [1, setMany],
  [5, get],
  [2, getMany],
  [2, inspect],
  [1, has],
  [1, ttl],
  [2, touch],
  [1, deleteOne],
  [1, deleteMany],
  [2, expire],
  [3, invalidateTags],
  [1, clear],
  [3, increment],
  [6, pass],
  [1, advance],
];
