import { combinedValue, type FieldLines, splitList, type RequestFields } from './fields.ts';
import { normalizedValue, type VaryValues } from './vary.ts';

const ACCEPT_LANGUAGE = 'accept-language';
/** RFC 9110 12.5.4: a language range with its weight. */
const RANGE = /^(\*|[a-z\d-]{1,64})(?:[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/;

/** The one language that a request likes better than any other, in lower case; undefined: there is no such one. */
export const favouriteLanguage = (request: RequestFields): string | undefined => {
  const members = splitList(combinedValue(request, ACCEPT_LANGUAGE) ?? '') ?? [];
  let best: { readonly tag: string; readonly weight: number } | undefined;
  let isAlone = false;
  for (const member of members) {
    const [, tag, q = '1'] = RANGE.exec(member.toLowerCase()) ?? [];
    if (tag === undefined) return undefined;
    const weight = Number(q);
    isAlone = weight > (best?.weight ?? 0) || (isAlone && weight < (best?.weight ?? 0));
    if (weight > (best?.weight ?? 0)) best = { tag, weight };
  }
  return isAlone && best?.tag !== '*' ? best?.tag : undefined;
};

/** RFC 9110 8.5: the one language that a response says it is for, in lower case. */
export const languageOf = (response: FieldLines): string | undefined => {
  const [tag, ...others] = splitList(combinedValue(response, 'content-language') ?? '') ?? [];
  return others.length === 0 ? tag?.toLowerCase() : undefined;
};

/** The Accept-Language that a response was chosen by, as Vary compares it; undefined: by none. */
export const acceptedLanguages = (vary: VaryValues): string | undefined =>
  vary.find(([name]) => name === ACCEPT_LANGUAGE)?.[1] ?? undefined;

/** The values of another request that differs from this one in its Accept-Language alone. */
export const acceptingInstead = (values: VaryValues, accepted: string): VaryValues =>
  values.map(([name, value]) => [name, name === ACCEPT_LANGUAGE ? accepted : value]);

/**
 * Whether a response that differs from what the request asks for in Accept-Language alone is in the language that the
 * request likes best: no other choice could be better. This goes beyond RFC 9111 4.1, so it is an option.
 */
export const isInFavouriteLanguage = (
  request: RequestFields,
  vary: VaryValues,
  response: FieldLines,
): boolean => {
  const language = acceptedLanguages(vary) === undefined ? undefined : favouriteLanguage(request);
  return (
    language !== undefined &&
    languageOf(response) === language &&
    vary.every(([name, value]) => name === ACCEPT_LANGUAGE || normalizedValue(request, name, true) === value)
  );
};
