import { buildKey, CacheError } from '@keepsake/core';
import type { PartDefinition } from './define-entity.ts';
import { hashQuery } from './hash.ts';
import { checkId, type Id, toIdList } from './id.ts';
import { ownTags, type Relations, relationTags, tagOf, variantsTag } from './relations.ts';

/** What singles out one of the entries that a part has of one thing: a variant, and whose it is. */
export type Choice = { readonly variant?: unknown } & Readonly<Record<string, unknown>>;

/** The keys and tags of a part's entries. */
export class PartNames {
  readonly #part: PartDefinition;

  constructor(part: PartDefinition) {
    this.#part = part;
  }

  /** @throws CacheError ERR_KEY for no query: all who forgot theirs would share one entry. */
  ids(id: unknown): readonly Id[] {
    // The types of a part that is found by query allow any value, those of the others only ids.
    if (!this.#part.query) return toIdList(id as Id | readonly Id[]);
    if (id === undefined) throw new CacheError('ERR_KEY', 'query: expected a value, got undefined');
    return [hashQuery(id)];
  }

  /** @throws CacheError ERR_KEY where it is not said whose entry it is, ERR_OPTION for a variant of what has none. */
  key(id: unknown, choice: Choice): string {
    const { variants, template } = this.#part;
    const own = this.#keyOfOwner(id, choice);
    if (choice.variant === undefined) return own;
    if (variants) return `${own}:${hashQuery(choice.variant)}`;
    throw new CacheError('ERR_OPTION', `${template.text}: has no variants`);
  }

  /** The tag of all that `choice` leaves open: everybody's entries, or all variants. Undefined: it names one entry. */
  wholeTag(id: unknown, choice: Choice): string | undefined {
    const { per, variants } = this.#part;
    if (per !== undefined && choice[`${per}Id`] === undefined) return this.#tagOfAll(this.#keyOfThing(id));
    if (variants && choice.variant === undefined) return this.#tagOfAll(this.#keyOfOwner(id, choice));
    return undefined;
  }

  /** `relations` undefined: what it belongs to is told later. */
  tags(
    id: unknown,
    choice: Choice,
    relations: Relations | undefined,
    more: readonly string[] = [],
  ): string[] {
    const { per, variants } = this.#part;
    const ids = this.ids(id);
    const tags = [...more, ...ownTags(this.#part, ids)];
    if (relations) tags.push(...relationTags(this.#part, ids, relations));
    if (per !== undefined) tags.push(tagOf(per, this.#owner(per, choice)));
    if (per !== undefined || variants) tags.push(this.#tagOfAll(this.#keyOfThing(id)));
    if (per !== undefined && variants) tags.push(this.#tagOfAll(this.#keyOfOwner(id, choice)));
    return [...new Set(tags)];
  }

  #keyOfThing(id: unknown): string {
    return this.#part.template.fill(this.ids(id));
  }

  #keyOfOwner(id: unknown, choice: Choice): string {
    const { per } = this.#part;
    const thing = this.#keyOfThing(id);
    return per === undefined ? thing : `${thing}:${buildKey(per, this.#owner(per, choice))}`;
  }

  #owner(per: string, choice: Choice): Id {
    // A forgotten owner is no id, and refused as such.
    return checkId(choice[`${per}Id`] as Id);
  }

  #tagOfAll(key: string): string {
    return variantsTag(this.#part, key);
  }
}
