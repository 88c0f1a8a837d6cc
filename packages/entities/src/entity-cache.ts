import { type Cache, CacheError, type Clock, type Invalidation, systemClock } from '@keepsake/core';
import { withForm } from '@keepsake/core/families';
import { refuseUnknown, type Words } from '@keepsake/core/words';
import { CachedPart } from './cached-part.ts';
import type { Entity, PartDefinition } from './define-entity.ts';
import type { EntityPart } from './entity-part.ts';
import { erase, type ErasureOptions, toPace } from './erasure.ts';
import type { Erasure } from './erasure-outcome.ts';
import { checkId, type Id, type Ids, toIdList } from './id.ts';
import { checkKeysApart } from './key-clash.ts';
import { MissBook } from './miss-book.ts';
import { RelationGraph, type Relations, tagOf } from './relations.ts';
import type { RandomSource } from './ttl-range.ts';

export interface EntityCacheOptions {
  clock?: Clock;
  /** Draws TTLs out of their ranges. Default Math.random. */
  random?: RandomSource;
}

export const ENTITY_CACHE_WORDS: Words<EntityCacheOptions> = { clock: true, random: true };

/** The parts of entities, by entity and part name: `parts.album.details`. */
export type BoundParts<E extends readonly Entity[]> = {
  readonly [X in E[number] as X['name']]: {
    readonly [P in keyof X['specs']]: EntityPart<X['specs'][P]>;
  };
};

type KindOf<E extends readonly Entity[]> = E[number]['name'];

/** By kind, the things that are a subject's own, or `'all'` where it is not known which. */
export type Owned<K extends string = string> = { readonly [N in K]?: Ids | 'all' };

/** Entities on a cache: their parts, and the cascades that their declarations imply. */
export interface EntityCache<E extends readonly Entity[] = readonly Entity[]> {
  readonly parts: BoundParts<E>;
  /**
   * One thing has changed or gone: drops its parts, what lies below it, and every list, count and search
   * that is made from any of these, in one call of `invalidateTags`. `relations` narrows it: with
   * `{ albumId: 7 }` only the lists of album 7 go, without it those of all albums. After a move name both.
   */
  invalidate(kind: KindOf<E>, id: Id, relations?: Relations<KindOf<E>>): Promise<Invalidation>;
  /** Drops every entry of the parts of a kind that are made from things anywhere. */
  invalidateSearches(kind: KindOf<E>): Promise<Invalidation>;
  /**
   * Somebody asks to be forgotten: `invalidate`, for the thing and for what it `owns`, and then what this has made dead
   * is deleted from the stores, too. `{ album: ['a1'] }`: album a1 and all below it are the user's; `'all'`: it is not
   * known which are, so every entry of albums and below goes. Walks all keys of the cache: for rare use. Rejects
   * ErasureError (ERR_TIMEOUT) where a store does not give its next key in time.
   */
  erase(kind: KindOf<E>, id: Id, owns?: Owned<KindOf<E>>, options?: ErasureOptions): Promise<Erasure>;
  /** The tag of all that is about one thing: give it to an entry of your own, and it goes with the thing. */
  tag(kind: KindOf<E>, id: Id): string;
}

/**
 * Binds entities to a cache.
 *
 * @example
 * ```ts
 * import { createCache } from '@keepsake/core';
 * import { createEntityCache, defineEntity, valueType } from '@keepsake/entities';
 *
 * const customer = defineEntity('customer', {
 *   orders: { ttl: '10m', value: valueType<string[]>(), shows: ['order'] },
 * });
 * const order = defineEntity('order', {
 *   details: { ttl: ['30m', '1h'], value: valueType<{ total: number }>(), below: ['customer'] },
 * });
 * const { parts, invalidate } = createEntityCache(createCache(), [customer, order]);
 *
 * await parts.order.details.set(42, { total: 9.5 }, { customerId: 'c1' });
 * await invalidate('order', 42, { customerId: 'c1' });
 * console.log(await parts.order.details.get(42)); // undefined
 * ```
 * @throws CacheError ERR_OPTION for what is no cache, an option that is not known, two entities of one name, two parts
 * whose keys can be the same, or a kind that is not there.
 */
export const createEntityCache = <const E extends readonly Entity[]>(
  cache: Cache,
  entities: E,
  options: EntityCacheOptions = {},
): EntityCache<E> => {
  checkCache(cache);
  refuseUnknown('createEntityCache', options, ENTITY_CACHE_WORDS);
  checkEntities(entities);
  checkKinds(entities);
  const graph = new RelationGraph(entities);
  const relationWords = Object.fromEntries(entities.map(({ name }) => [`${name}Id`, true]));
  const { clock = systemClock } = options;
  const environment = {
    misses: new MissBook(clock),
    random: options.random ?? Math.random,
  };
  const parts = Object.fromEntries(
    entities.map((entity) => [
      entity.name,
      Object.fromEntries(
        Object.entries(entity.parts).map(([name, part]) => {
          const own = part.form ? withForm(cache, part.form) : cache;
          return [name, new CachedPart(part, { ...environment, cache: own })];
        }),
      ),
    ]),
  );
  return {
    // CachedPart checks at run time what EntityPart says in types.
    parts: parts as unknown as BoundParts<E>,
    invalidate: async (kind, id, relations = {}) => {
      // Heeded by nobody, a slip would make the cascade as wide as if nothing had been told.
      refuseUnknown('invalidate', relations, relationWords);
      return cache.invalidateTags(graph.invalidationTags(checkKind(kind, entities), checkId(id), relations));
    },
    erase: async (kind, id, owns = {}, how = {}) => {
      const pace = toPace(how, clock);
      const tags = graph.invalidationTags(checkKind(kind, entities), checkId(id), {});
      const doomed: PartDefinition[] = [];
      for (const [owned, ids] of Object.entries<Ids | 'all' | undefined>(owns)) {
        checkKind(owned, entities);
        if (ids === 'all') {
          tags.push(...graph.tagsMadeFrom(owned));
          doomed.push(...graph.partsOf(owned));
        } else if (ids !== undefined) {
          for (const one of toIdList(ids)) tags.push(...graph.invalidationTags(owned, checkId(one), {}));
        }
      }
      return erase(cache, { tags: [...new Set(tags)], parts: doomed }, pace);
    },
    invalidateSearches: async (kind) => cache.invalidateTags(graph.searchTags(checkKind(kind, entities))),
    tag: (kind, id) => tagOf(checkKind(kind, entities), checkId(id)),
  };
};

/** What every part calls; a plain object with these is a cache as well. */
const CACHE_METHODS = ['get', 'set', 'inspect', 'getOrSet', 'invalidateTags'] as const;

const checkCache = (cache: Partial<Cache> | undefined | null): void => {
  if (CACHE_METHODS.every((method) => typeof cache?.[method] === 'function')) return;
  throw new CacheError('ERR_OPTION', 'cache: expected what createCache gives');
};

/** An invalidation of a misspelt kind would reach nothing, and say so to nobody. */
const checkKind = (kind: string, entities: readonly Entity[]): string => {
  if (entities.some((entity) => entity.name === kind)) return kind;
  throw new CacheError('ERR_OPTION', `there is no entity '${String(kind)}'`);
};

const checkEntities = (entities: unknown): void => {
  const isEntity = (one: unknown): boolean => typeof (one as Partial<Entity> | null)?.parts === 'object';
  if (Array.isArray(entities) && entities.every(isEntity)) return;
  throw new CacheError('ERR_OPTION', 'entities: expected a list of what defineEntity gives');
};

const checkKinds = (entities: readonly Entity[]): void => {
  const names = new Set(entities.map((entity) => entity.name));
  if (names.size < entities.length) throw new CacheError('ERR_OPTION', 'entities: two have the same name');
  const parts = entities.flatMap((entity) => Object.values(entity.parts));
  checkKeysApart(parts);
  for (const part of parts) {
    const owners = part.per === undefined ? [] : [part.per];
    for (const kind of [...part.below, ...part.shows, ...part.searches, ...owners]) {
      if (names.has(kind)) continue;
      throw new CacheError('ERR_OPTION', `${part.entity}.${part.name}: there is no entity '${kind}'`);
    }
  }
};
