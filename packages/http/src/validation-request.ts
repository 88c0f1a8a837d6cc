import type { RequestChange } from './forward.ts';
import { type Part, partOf } from './rules/content-range.ts';
import { isStrong } from './rules/entity-tag.ts';
import { type FieldLines, hasField, valuesOf, type RequestFields } from './rules/fields.ts';
import { holdsWhatIsAsked } from './rules/reusable.ts';
import { validatingFields } from './rules/validation.ts';
import type { StoredResponse } from './stored-response.ts';

const CONDITIONS = ['if-none-match', 'if-modified-since'];
const RANGES = ['range', 'if-range'];

/** When a stored part may be completed. */
export interface Completion {
  readonly mode: 'strong' | 'any';
  /** The part is. */
  readonly isFresh: boolean;
  /** The two are held together: a longer whole is asked for anew. */
  readonly maxBytes: number;
}

/** What is asked of the handler, beside what the client asked. */
export interface Ask {
  readonly change: RequestChange | undefined;
  /** The stored response that a 304 would be about. */
  readonly validates: StoredResponse | undefined;
  /** The stored part that the answer is to complete. */
  readonly completes: { readonly stored: StoredResponse; readonly held: Part } | undefined;
}

/**
 * RFC 9111 4.3.1: the conditions of a request on its way to the handler are this cache's own; the client's are
 * looked at once the answer is here. Without anything stored the answer is wanted whole, for it is to be
 * stored. Fields that Vary names go along as they came.
 */
export const askFor = (
  request: RequestFields,
  stored: StoredResponse | undefined,
  completion: Completion,
): Ask => {
  const unconditional = changeOf(request, CONDITIONS, []);
  if (!stored) return { change: unconditional, validates: undefined, completes: undefined };
  const conditions = validatingFields(stored.fields, stored.ownTag);
  if (stored.status !== 206) {
    // A part would take the place of the whole that is stored.
    const change = changeOf(request, [...CONDITIONS, ...RANGES], conditions);
    return { change, validates: conditions.length > 0 ? stored : undefined, completes: undefined };
  }
  if (holdsWhatIsAsked(stored, request)) {
    const change = changeOf(request, CONDITIONS, conditions);
    return { change, validates: conditions.length > 0 ? stored : undefined, completes: undefined };
  }
  const held = partOf(stored.fields);
  if (!held || hasField(request, 'range') || !isCompletable(stored, held, completion)) {
    return { change: unconditional, validates: undefined, completes: undefined };
  }
  const [entityTag = ''] = valuesOf(stored.fields, 'etag');
  const rest: [string, string][] = [['Range', `bytes=${held.last + 1}-`]];
  if (isStrong(entityTag)) rest.push(['If-Range', entityTag]);
  const change = changeOf(request, [...CONDITIONS, ...RANGES], rest);
  return { change, validates: undefined, completes: { stored, held } };
};

/** RFC 9111 3.4: by a strong validator; without one only what is still fresh, where the options say so. */
const isCompletable = (
  stored: StoredResponse,
  held: Part,
  { mode, isFresh, maxBytes }: Completion,
): boolean => {
  if (held.first !== 0 || held.last === held.length - 1 || held.length > maxBytes) return false;
  const isWhole = stored.body.byteLength === held.last + 1;
  return isWhole && (isStrong(valuesOf(stored.fields, 'etag')[0] ?? '') || (mode === 'any' && isFresh));
};

/**
 * RFC 9110 15.3.7.3: whether a 206 is the rest of the part that is held, of the same representation: the same
 * strong validator, or, where that is not asked for, no other one.
 */
export const completesPart = (
  { stored, held }: { readonly stored: StoredResponse; readonly held: Part },
  fields: FieldLines,
  mode: 'strong' | 'any',
): boolean => {
  const rest = partOf(fields);
  if (rest?.first !== held.last + 1 || rest.last !== held.length - 1 || rest.length !== held.length)
    return false;
  const [known, given] = [valuesOf(stored.fields, 'etag')[0], valuesOf(fields, 'etag')[0]];
  return known === given && (mode === 'any' || isStrong(known ?? ''));
};

const changeOf = (
  request: RequestFields,
  drop: readonly string[],
  add: FieldLines,
): RequestChange | undefined =>
  add.length > 0 || drop.some((name) => hasField(request, name)) ? { drop, add } : undefined;
