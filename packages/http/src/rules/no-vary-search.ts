import { parseDictionary } from 'structured-headers';
import { combinedValue, type FieldLines } from './fields.ts';

/** Which differences between the queries of two URLs mean nothing to a handler: its No-Vary-Search. */
export interface SearchRule {
  /** The order of different names means nothing. */
  readonly keyOrder: boolean;
  /** Parameters that mean nothing; `'all'`: all but `except`. */
  readonly ignored: readonly string[] | 'all';
  readonly except: readonly string[];
}

/** More names than this are not kept. */
export const MAX_SEARCH_NAMES = 100;

/**
 * draft-ietf-httpbis-no-vary-search 4: undefined where there is none, where it is no such dictionary, and where it
 * says nothing: then every difference counts.
 */
export const searchRuleOf = (fields: FieldLines): SearchRule | undefined => {
  const value = combinedValue(fields, 'no-vary-search');
  if (value === undefined) return undefined;
  try {
    const members = parseDictionary(value);
    const keyOrder = bool(members.get('key-order')?.[0]);
    const params = members.get('params')?.[0];
    const except = names(members.get('except')?.[0]) ?? [];
    const ignored = params === true ? ('all' as const) : params === false ? [] : (names(params) ?? []);
    // `except` without `params` is an error, and so is one beside a list.
    if (except.length > 0 && ignored !== 'all') return undefined;
    const isOfUse = keyOrder || ignored === 'all' || ignored.length > 0;
    const isBounded = ignored.length <= MAX_SEARCH_NAMES && except.length <= MAX_SEARCH_NAMES;
    return isOfUse && isBounded ? { keyOrder, ignored, except } : undefined;
  } catch {
    // Of no form that is known: every difference counts.
    return undefined;
  }
};

const bool = (item: unknown): boolean => {
  if (item !== undefined && typeof item !== 'boolean') throw new TypeError('no-vary-search: no boolean');
  return item ?? false;
};

/** An inner list of strings. */
const names = (item: unknown): readonly string[] | undefined => {
  if (item === undefined) return undefined;
  const members: unknown[] = Array.isArray(item) ? item : [];
  const texts = members.map((member) => (Array.isArray(member) ? (member[0] as unknown) : undefined));
  if (!Array.isArray(item) || !texts.every((text) => typeof text === 'string')) {
    throw new TypeError('no-vary-search: no list of strings');
  }
  return texts;
};

/** The query as all have it that mean the same: equal texts, one resource. Null: nothing in it counts. */
export const canonicalQuery = (query: string | null, rule: SearchRule): string | null => {
  if (query === null) return null;
  const { keyOrder, ignored, except } = rule;
  const counts = (name: string): boolean =>
    ignored === 'all' ? except.includes(name) : !ignored.includes(name);
  const pairs = [...new URLSearchParams(query)].filter(([name]) => counts(name));
  // Values of one name keep their order: the sort is stable.
  if (keyOrder) pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return pairs.length === 0 ? null : new URLSearchParams(pairs).toString();
};

/** Whether two queries mean the same to a response that says so itself. */
export const isSameSearch = (response: FieldLines, one: string | null, other: string | null): boolean => {
  if (one === other) return true;
  const rule = searchRuleOf(response);
  return rule !== undefined && canonicalQuery(one, rule) === canonicalQuery(other, rule);
};

/** What came out of a store, if it is a rule. */
export const isSearchRule = (value: unknown): value is SearchRule => {
  if (typeof value !== 'object' || value === null) return false;
  const { keyOrder, ignored, except } = value as Partial<Record<keyof SearchRule, unknown>>;
  return typeof keyOrder === 'boolean' && (ignored === 'all' || areTexts(ignored)) && areTexts(except);
};

const areTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');
