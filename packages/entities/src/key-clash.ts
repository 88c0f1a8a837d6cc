import { CacheError } from '@keepsake/core';
import type { PartDefinition } from './define-entity.ts';

/** Stands for any segment: an id, a hash. */
const ANY = '*';

/**
 * Two parts whose keys can be the same would serve each other's values, under each other's types and tags.
 *
 * @throws CacheError ERR_OPTION that names the first two.
 */
export const checkKeysApart = (parts: readonly PartDefinition[]): void => {
  const seen: { readonly name: string; readonly form: readonly string[] }[] = [];
  for (const part of parts) {
    const name = `${part.entity}.${part.name}`;
    const forms = formsOf(part);
    for (const form of forms) {
      const other = seen.find((one) => canBeEqual(one.form, form));
      if (other) throw new CacheError('ERR_OPTION', `${other.name} and ${name}: their keys can be the same`);
    }
    seen.push(...forms.map((form) => ({ name, form })));
  }
};

/** The segments of its keys, without a variant and with one. */
const formsOf = ({ template, per, variants }: PartDefinition): readonly string[][] => {
  const thing = template.text.split(':').map((segment) => (segment.startsWith('{') ? ANY : segment));
  const own = per === undefined ? thing : [...thing, per, ANY];
  return variants ? [own, [...own, ANY]] : [own];
};

const canBeEqual = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length &&
  one.every((segment, i) => segment === other[i] || segment === ANY || other[i] === ANY);
