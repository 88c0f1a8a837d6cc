import { isDeepStrictEqual } from 'node:util';
import {
  type Cache,
  CacheError,
  type ErrorCode,
  type GetOrSetOptions,
  type Invalidation,
  type LoadContext,
  type LoadManyContext,
  type SetOptions,
} from '@keepsake/core';
import { batchesOf, LOADED_AT_ONCE, STORED_AT_ONCE } from './batches.ts';
import type { PartDefinition, PartSpec } from './define-entity.ts';
import type { EntityPart, PartLoadContext, PartLoadManyContext } from './entity-part.ts';
import type { MissBook } from './miss-book.ts';
import { type Choice, PartNames } from './part-names.ts';
import { isFullyTold, type Relations, relationTags } from './relations.ts';
import { pickTtl, type RandomSource } from './ttl-range.ts';

/** What parts bound to one cache share. */
export interface PartEnvironment {
  /** For the values of this part. */
  readonly cache: Cache;
  readonly misses: MissBook;
  readonly random: RandomSource;
}

type Options = SetOptions & GetOrSetOptions & Choice;

/** Options sorted: what the cache takes, what the entry belongs to. */
interface Split {
  readonly relations: Relations;
  readonly forCache: SetOptions & GetOrSetOptions;
}

/** EntityPart with the types of its part forgotten: `createEntityCache` gives them back. */
export class CachedPart implements EntityPart<PartSpec, unknown, unknown, Relations, Choice> {
  readonly definition: PartDefinition;
  readonly #env: PartEnvironment;
  readonly #names: PartNames;

  constructor(definition: PartDefinition, environment: PartEnvironment) {
    this.definition = definition;
    this.#env = environment;
    this.#names = new PartNames(definition);
  }

  key(id: unknown, options: Choice = {}): string {
    return this.#names.key(id, options);
  }

  async get<U>(id: unknown, options?: Choice): Promise<U | undefined> {
    const { cache, misses } = this.#env;
    const key = this.key(id, options);
    const value = await cache.get<U>(key);
    if (value !== undefined) return value;
    let meanwhile: U | undefined;
    const note = await misses.note(key, async () => {
      const inspection = await cache.inspect<U>(key);
      if (inspection.outcome !== 'hit') return inspection.fence;
      meanwhile = inspection.value;
      return undefined;
    });
    if (meanwhile !== undefined) misses.withdraw(key, note);
    return meanwhile;
  }

  async set(id: unknown, value: unknown, options: Options = {}): Promise<boolean> {
    const { cache } = this.#env;
    const key = this.key(id, options);
    const toStore = this.#setOptions(id, options);
    if (toStore.fence) return cache.set(key, value, toStore);
    return this.#storeAsNoted(key, value, toStore, {
      plainly: () => cache.set(key, value, toStore),
      // Of two values it cannot be told which is the older: none stays.
      ifOtherIsThere: () => cache.delete(key),
    });
  }

  async setMany(entries: Iterable<readonly [unknown, unknown]>, options: Options = {}): Promise<number> {
    let stored = 0;
    const pairs = pairsOf(entries, 'ERR_VALUE', 'setMany: expected pairs of an id and a value');
    for (const some of batchesOf(pairs, STORED_AT_ONCE)) {
      const outcomes = await Promise.all(some.map(([id, value]) => this.set(id, value, options)));
      stored += outcomes.filter(Boolean).length;
    }
    return stored;
  }

  async setIfAbsent(id: unknown, value: unknown, options: Options = {}): Promise<boolean> {
    const { cache } = this.#env;
    const key = this.key(id, options);
    const toStore = this.#setOptions(id, options);
    return this.#storeAsNoted(key, value, toStore, {
      plainly: () => cache.setIfAbsent(key, value, toStore),
      ifOtherIsThere: async () => undefined,
    });
  }

  async getOrSet<U>(
    id: unknown,
    loader: (context: PartLoadContext<U, Relations>) => U | Promise<U>,
    options: Options = {},
  ): Promise<U> {
    const { relations, forCache } = this.#split(options);
    const load = async (context: LoadContext<U>): Promise<U> => {
      let known = relations;
      const value = await loader(withRelate(context, (more) => (known = { ...known, ...more })));
      context.addTags(...relationTags(this.definition, this.#names.ids(id), known));
      return value;
    };
    const told = isFullyTold(this.definition, relations) ? relations : undefined;
    const tags = this.#names.tags(id, options, told, forCache.tags);
    return this.#env.cache.getOrSet<U>(this.key(id, options), load, { ...forCache, tags });
  }

  async getMany<U>(ids: readonly unknown[], options?: Choice): Promise<Map<unknown, U>> {
    const keys = listOf(ids).map((id) => this.key(id, options));
    return this.#byId(ids, keys, await this.#env.cache.getMany<U>(keys));
  }

  async getOrSetMany<U>(
    ids: readonly unknown[],
    load: (
      missing: unknown[],
      context: PartLoadManyContext<unknown, Relations>,
    ) => Promise<Iterable<readonly [unknown, U]>>,
    options: Options & { partial?: boolean } = {},
  ): Promise<Map<unknown, U>> {
    const keyOf = (id: unknown): string => this.key(id, options);
    const keys = listOf(ids).map(keyOf);
    const idOf = new Map(keys.map((key, i) => [key, ids[i]]));
    const loadByKey = async (
      missing: string[],
      context: LoadManyContext,
    ): Promise<(readonly [string, U])[]> => {
      const related = new Map<string, Relations>();
      const timed = new Set<string>();
      const pairs = await load(
        missing.map((key) => idOf.get(key)),
        {
          signal: context.signal,
          setTtl: (id, ttl) => {
            timed.add(keyOf(id));
            context.setTtl(keyOf(id), ttl);
          },
          addTags: (id, ...tags) => context.addTags(keyOf(id), ...tags),
          relate: (id, relations) => void related.set(keyOf(id), { ...related.get(keyOf(id)), ...relations }),
          skip: (id) => context.skip(keyOf(id)),
          fail: (id, error) => context.fail(keyOf(id), error),
        },
      );
      return pairsOf(pairs, 'ERR_LOAD_MANY', 'getOrSetMany: the loader gave no pairs').map(([id, value]) => {
        const key = keyOf(id);
        const { relations, forCache } = this.#split(options);
        context.addTags(key, ...this.#names.tags(id, options, { ...relations, ...related.get(key) }));
        if (!timed.has(key) && forCache.ttl !== undefined) context.setTtl(key, forCache.ttl);
        return [key, value] as const;
      });
    };
    const { forCache } = this.#split(options);
    const found = new Map<string, U>();
    for (const some of batchesOf([...idOf.keys()], LOADED_AT_ONCE)) {
      const values = await this.#env.cache.getOrSetMany<U>(some, loadByKey, forCache);
      for (const [key, value] of values) found.set(key, value);
    }
    return this.#byId(ids, keys, found);
  }

  async invalidate(id: unknown, options: Choice = {}): Promise<Invalidation> {
    const whole = this.#names.wholeTag(id, options);
    if (whole === undefined) return this.#env.cache.delete(this.key(id, options));
    return this.#env.cache.invalidateTags([whole]);
  }

  async expire(id: unknown, options: Choice = {}): Promise<Invalidation> {
    const whole = this.#names.wholeTag(id, options);
    if (whole === undefined) return this.#env.cache.expire(this.key(id, options));
    return this.#env.cache.invalidateTags([whole], { mode: 'expire' });
  }

  /** Stores as the misses of the key allow, and tells the book what came of it. */
  async #storeAsNoted(
    key: string,
    value: unknown,
    toStore: SetOptions,
    { plainly, ifOtherIsThere }: { plainly(): Promise<boolean>; ifOtherIsThere(): Promise<unknown> },
  ): Promise<boolean> {
    const { cache, misses } = this.#env;
    const claim = await misses.claim(key);
    if (claim.kind === 'plain') return plainly();
    const { note } = claim;
    if (claim.kind === 'fill' && (await cache.set(key, value, { ...toStore, fence: claim.fence }))) {
      misses.settle(claim.note, 'stored');
      return true;
    }
    const there = await this.#compare(key, value);
    if (note) misses.settle(note, there === 'same' ? 'same' : 'other');
    if (there === 'other') await ifOtherIsThere();
    return false;
  }

  async #compare(key: string, value: unknown): Promise<'absent' | 'same' | 'other'> {
    const { cache } = this.#env;
    // An inspection that misses would hold the right to fill, which nobody here would use.
    if (!(await cache.has(key))) return 'absent';
    const there = await cache.inspect(key);
    if (there.outcome === 'miss') return 'absent';
    return isDeepStrictEqual(there.value, value) ? 'same' : 'other';
  }

  #byId<U>(ids: readonly unknown[], keys: readonly string[], found: Map<string, U>): Map<unknown, U> {
    const result = new Map<unknown, U>();
    keys.forEach((key, i) => {
      const value = found.get(key);
      if (value !== undefined) result.set(ids[i], value);
    });
    return result;
  }

  #setOptions(id: unknown, options: Options): SetOptions {
    const { relations, forCache } = this.#split(options);
    return { ...forCache, tags: this.#names.tags(id, options, relations, forCache.tags) };
  }

  #split(options: Options): Split {
    const { variant: _, ...rest } = options;
    const forCache: Record<string, unknown> = { ...rest };
    const relations: Record<string, unknown> = {};
    const { below, per } = this.definition;
    for (const kind of below) relations[`${kind}Id`] = forCache[`${kind}Id`];
    for (const kind of per === undefined ? below : [...below, per]) delete forCache[`${kind}Id`];
    forCache['ttl'] ??= pickTtl(this.definition.ttl, this.#env.random);
    // Made of fields of `options`, whose types they keep.
    return { relations: relations as Relations, forCache };
  }
}

/** A text is a list of letters, and would be taken for so many ids. */
const listOf = (ids: readonly unknown[]): readonly unknown[] => {
  if (Array.isArray(ids)) return ids;
  throw new CacheError('ERR_KEY', 'ids: expected an array');
};

const pairsOf = <U>(
  given: Iterable<readonly [unknown, U]>,
  code: ErrorCode,
  message: string,
): (readonly [unknown, U])[] => {
  try {
    return [...given].map(([id, value]) => [id, value] as const);
  } catch (cause) {
    throw new CacheError(code, message, { cause });
  }
};

const withRelate = <U>(
  context: LoadContext<U>,
  relate: (relations: Relations) => void,
): PartLoadContext<U, Relations> => ({
  key: context.key,
  signal: context.signal,
  ...(context.previous && { previous: context.previous }),
  setTtl: (ttl) => context.setTtl(ttl),
  addTags: (...tags) => context.addTags(...tags),
  skip: () => context.skip(),
  relate,
});
