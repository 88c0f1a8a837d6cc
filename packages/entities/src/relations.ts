/**
 * How one change reaches everything that was made from it, without lists of keys.
 *
 * Idea: an entry carries a tag for each thing it depends on; a cascade is one `invalidateTags` with a few
 * tags, whose number depends on how many kinds there are and not on how many entries. Tags of kind `album`:
 *
 *   album:7     the entry is about album 7 or lies below it
 *   album::<7   it belongs to album 7 and is made from what lies below (a list, a count)
 *   album<photo it belongs to any album and is made from photos
 *   album?      it lies below an album, and it was not told which
 *   search.results  it is made from things anywhere
 *
 * No id can make one tag read like another: ids are escaped and not empty, so only a thing's own tag has one colon, and
 * none of an id's begins behind two.
 *
 * Invariant: what is not told is taken to be everything. An entry that does not say its album is dropped
 * with every album; an invalidation that does not say its album drops the lists of all albums. So telling
 * makes cascades narrow, and forgetting to tell never makes them miss.
 */
import { buildKey } from '@keepsake/core';
import type { Entity, PartDefinition } from './define-entity.ts';
import { hashQuery } from './hash.ts';
import { checkId, type Id, type Ids, toIdList } from './id.ts';

/** Which things something belongs to: `{ albumId: 7 }`, `{ personId: [] }` (none). What is absent is unknown. */
export type Relations<K extends string = string> = { readonly [N in K as `${N}Id`]?: Ids };

/** Longer lists count as not told: an entry carries at most 64 tags, and some are the caller's own. */
export const MAX_TOLD = 12;

/** What one call of `invalidateTags` takes. */
const MAX_TAGS = 64;

/** Longer names are hashed: a tag has at most 512 characters. */
const MAX_NAME_LENGTH = 256;

/** The tag of everything that is about one thing or lies below it. No id is empty, so `::` is no id's tag. */
export const tagOf = (kind: string, id: Id): string => {
  const tag = buildKey(kind, id);
  return tag.length > MAX_NAME_LENGTH ? `${kind}::${hashQuery(tag)}` : tag;
};

/** The tag of all variants of the entry whose plain key is given. No kind is called `=`. */
export const variantsTag = (part: PartDefinition, key: string): string =>
  key.length > MAX_NAME_LENGTH ? `${part.entity}.${part.name}::${hashQuery(key)}` : `=${key}`;

/** Behind `::`, where no id begins: `album:7<` would be the tag of the album with the id `7<`. */
const contentTag = (kind: string, id: Id): string => `${kind}::<${tagOf(kind, id).slice(kind.length + 1)}`;
const anyContentTag = (kind: string, shown: string): string => `${kind}<${shown}`;
const unknownTag = (kind: string): string => `${kind}?`;
const searchTag = (part: PartDefinition): string => `${part.entity}.${part.name}`;

const told = (relations: Relations, kind: string): readonly Id[] | undefined => {
  const ids = relations[`${kind}Id`];
  const list = ids === undefined ? undefined : toIdList(ids).map(checkId);
  return list && list.length <= MAX_TOLD ? list : undefined;
};

/** Tags that an entry has whatever it is told: those of its own thing. */
export const ownTags = (part: PartDefinition, ids: readonly Id[]): string[] => {
  const subject = ids[part.template.names.indexOf('id')];
  const tags = part.searches.length > 0 ? [searchTag(part)] : [];
  if (subject === undefined || part.query) return tags;
  tags.push(tagOf(part.entity, subject));
  if (part.shows.length > 0) tags.push(contentTag(part.entity, subject));
  for (const kind of part.shows) tags.push(anyContentTag(part.entity, kind));
  return tags;
};

/** Tags for what an entry belongs to; a gap of the key named after a kind tells it. */
export const relationTags = (part: PartDefinition, ids: readonly Id[], relations: Relations): string[] =>
  part.below.flatMap((kind) => {
    const inKey = ids[part.template.names.indexOf(kind)];
    const known = inKey === undefined ? told(relations, kind) : [inKey];
    return known ? known.map((id) => tagOf(kind, id)) : [unknownTag(kind)];
  });

/** Whether everything that `relationTags` could be told has been told. */
export const isFullyTold = (part: PartDefinition, relations: Relations): boolean =>
  part.below.every((kind) => part.template.names.includes(kind) || relations[`${kind}Id`] !== undefined);

/** The declared dependencies of all entities of a cache. */
export class RelationGraph {
  readonly #parts: readonly PartDefinition[];
  readonly #entities: readonly Entity[];

  constructor(entities: readonly Entity[]) {
    this.#entities = entities;
    this.#parts = entities.flatMap((entity) => Object.values(entity.parts));
  }

  /** What one `invalidateTags` must hit when one thing, and with it all below, has changed or gone. */
  invalidationTags(kind: string, id: Id, relations: Relations): string[] {
    const narrow = this.#tagsOfChange(kind, id, relations);
    return narrow.length <= MAX_TAGS ? narrow : this.#tagsOfChange(kind, id, {});
  }

  /** What hits every entry that is made from things of a kind, whichever they are; not those things' own entries. */
  tagsMadeFrom(kind: string): string[] {
    return this.#tagsOfChange(kind, undefined, {});
  }

  /** The parts of a kind, and whatever lies below it. */
  partsOf(kind: string): readonly PartDefinition[] {
    const kinds = this.#changedWith(kind);
    return this.#parts.filter(
      (part) => kinds.has(part.entity) || part.below.some((above) => kinds.has(above)),
    );
  }

  /** The tags of all parts of an entity that are made from things anywhere. */
  searchTags(kind: string): string[] {
    return this.#parts.filter((part) => part.entity === kind && part.searches.length > 0).map(searchTag);
  }

  #tagsOfChange(kind: string, id: Id | undefined, relations: Relations): string[] {
    const changed = this.#changedWith(kind);
    const tags = new Set(id === undefined ? [] : [tagOf(kind, id)]);
    if (this.#parts.some((part) => part.below.includes(kind))) tags.add(unknownTag(kind));
    for (const part of this.#parts) {
      if (part.searches.some((searched) => changed.has(searched))) tags.add(searchTag(part));
      // What lies below the changed thing is dropped with it, lists included.
      if (changed.has(part.entity)) continue;
      const shown = part.shows.filter((seen) => changed.has(seen));
      if (shown.length === 0) continue;
      const owners = told(relations, part.entity);
      if (owners) for (const owner of owners) tags.add(contentTag(part.entity, owner));
      else for (const seen of shown) tags.add(anyContentTag(part.entity, seen));
    }
    return [...tags];
  }

  /** The kind itself and every kind that lies below it with all its parts. */
  #changedWith(kind: string): ReadonlySet<string> {
    const below = this.#entities.filter((entity) =>
      Object.values(entity.parts).every((part) => part.below.includes(kind)),
    );
    return new Set([kind, ...below.map((entity) => entity.name)]);
  }
}
