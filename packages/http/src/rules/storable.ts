import { type CacheControl, hasDirective } from './cache-control.ts';
import { partOf } from './content-range.ts';
import { type FieldLines, hasField, isValidFieldLine, valuesOf, type RequestFields } from './fields.ts';
import { permitsSharing } from './sharing.ts';
import { isStorableStatus, isUnderstoodStatus } from './status.ts';
import { varyNames } from './vary.ts';

/** What a decision about storing looks at. */
export interface StoreCandidate {
  readonly request: RequestFields;
  readonly requestControl: CacheControl;
  readonly status: number;
  readonly fields: FieldLines;
  readonly control: CacheControl;
  readonly setCookie: 'skip' | 'strip' | 'store';
}

export type Unstorable =
  | 'status'
  | 'malformed'
  | 'no-store'
  | 'request-no-store'
  | 'private'
  | 'authorization'
  | 'set-cookie'
  | 'vary'
  | 'transfer-coding'
  | 'event-stream';

/** Why a response must not be stored, by the first rule that says so; undefined: it may be. */
export const whyUnstorable = (candidate: StoreCandidate): Unstorable | undefined =>
  RULES.find(([, forbids]) => forbids(candidate))?.[0];

/** RFC 9111 3, and 3.3: of a part it must be known which one it is. */
export const hasUnstorableStatus = ({ status, fields }: StoreCandidate): boolean =>
  !isStorableStatus(status) || (status === 206 && partOf(fields) === undefined);

/** Cache-Control that cannot be parsed permits nothing; neither do CR, LF or NUL anywhere. */
export const isMalformed = ({ control, fields }: StoreCandidate): boolean =>
  control.malformed || !fields.every(isValidFieldLine);

/** RFC 9111 5.2.2.5; 5.2.2.3: `must-understand` with a status that is understood overrules it. */
export const forbidsStore = ({ control, status }: StoreCandidate): boolean => {
  if (hasDirective(control, 'must-understand')) return !isUnderstoodStatus(status);
  return hasDirective(control, 'no-store');
};

/** RFC 9111 5.2.1.5. */
export const requestForbidsStore = ({ requestControl }: StoreCandidate): boolean =>
  hasDirective(requestControl, 'no-store');

/** RFC 9111 5.2.2.7: this cache is shared. A qualified `private="a"` counts as the whole response. */
export const isPrivate = ({ control }: StoreCandidate): boolean => hasDirective(control, 'private');

/** RFC 9111 3.5: the response to a request with Authorization, unless it says that it is for all. */
export const isForbiddenByAuthorization = ({ request, control }: StoreCandidate): boolean =>
  hasField(request, 'authorization') && !permitsSharing(control);

/** A cookie is for the one client that it was made for. */
export const setsCookie = ({ fields, setCookie }: StoreCandidate): boolean =>
  setCookie === 'skip' && (hasField(fields, 'set-cookie') || hasField(fields, 'set-cookie2'));

/** RFC 9110 12.5.5: `Vary: *` matches no request. */
export const variesUnknowably = ({ fields }: StoreCandidate): boolean => varyNames(fields) === '*';

/** RFC 9112 7: what is coded for the way is not what is to be kept; Node itself codes in chunks, and no more. */
export const isTransferCoded = ({ fields }: StoreCandidate): boolean =>
  valuesOf(fields, 'transfer-encoding').some((coding) => coding.trim().toLowerCase() !== 'chunked');

/** Server-sent events have no end that could be waited for. */
export const isEventStream = ({ fields }: StoreCandidate): boolean =>
  valuesOf(fields, 'content-type').some((type) => /^\s*text\/event-stream\s*(?:;|$)/i.test(type));

const RULES: readonly (readonly [Unstorable, (candidate: StoreCandidate) => boolean])[] = [
  ['status', hasUnstorableStatus],
  ['malformed', isMalformed],
  ['no-store', forbidsStore],
  ['request-no-store', requestForbidsStore],
  ['private', isPrivate],
  ['authorization', isForbiddenByAuthorization],
  ['set-cookie', setsCookie],
  ['vary', variesUnknowably],
  ['transfer-coding', isTransferCoded],
  ['event-stream', isEventStream],
];
