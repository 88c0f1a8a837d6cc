import {
  combinedValue,
  type FieldLines,
  isToken,
  splitList,
  trimSpace,
  valuesOf,
  type RequestFields,
} from './fields.ts';

/** A Vary that names more fields than this is not stored. */
export const MAX_VARY_FIELDS = 16;
/** Request values of the fields that Vary names, in all; longer ones are not stored. */
export const MAX_VARY_CHARACTERS = 8_192;

/** Which request fields chose a response, with the values that the request had; null: it had none. */
export type VaryValues = readonly (readonly [name: string, value: string | null])[];

/**
 * RFC 9110 12.5.5: the request fields that chose the response: lower case, sorted, each once. `'*'`: what
 * chose it cannot be told, on any line and in any place of the list, and so is a Vary that cannot be read.
 */
export const varyNames = (response: FieldLines): readonly string[] | '*' => {
  const members = splitList(valuesOf(response, 'vary').join(','));
  if (!members || !members.every(isToken) || members.includes('*')) return '*';
  const names = [...new Set(members.map((name) => name.toLowerCase()))].sort();
  return names.length > MAX_VARY_FIELDS ? '*' : names;
};

/**
 * RFC 9111 4.1: a request field in a form that two requests may be compared by: lines joined, white space
 * around commas dropped. Absent (null) and empty differ. `byMeaning`: what is known to mean the same is the
 * same, too.
 */
export const normalizedValue = (request: RequestFields, name: string, byMeaning: boolean): string | null => {
  const value = combinedValue(request, name);
  if (value === undefined) return null;
  const members = splitList(value);
  if (!members) return value;
  return byMeaning && BY_PREFERENCE.has(name) ? byPreference(members) : members.join(',');
};

const BY_PREFERENCE: ReadonlySet<string> = new Set(['accept-language', 'accept-encoding']);

/** RFC 9110 12.4.2: the order of members with weights means nothing, nor does their case. */
const byPreference = (members: readonly string[]): string =>
  members
    .map((member) => {
      const [name = '', weight = ''] = member
        .toLowerCase()
        .split(/;[ \t]*q=/)
        .map(trimSpace);
      return { name, weight: weight === '' ? 1 : Number(weight) };
    })
    .sort((a, b) => b.weight - a.weight || (a.name < b.name ? -1 : 1))
    .map(({ name, weight }) => (weight === 1 ? name : `${name};q=${weight}`))
    .join(',');

export const varyValues = (request: RequestFields, names: readonly string[], byMeaning = false): VaryValues =>
  names.map((name) => [name, normalizedValue(request, name, byMeaning)]);

/** RFC 9111 4.1: whether a response that was chosen by these values may answer this request. */
export const matchesVary = (request: RequestFields, stored: VaryValues, byMeaning = false): boolean =>
  stored.every(([name, value]) => normalizedValue(request, name, byMeaning) === value);

export const isBoundedVary = (values: VaryValues): boolean =>
  values.reduce((sum, [name, value]) => sum + name.length + (value?.length ?? 0), 0) <= MAX_VARY_CHARACTERS;
