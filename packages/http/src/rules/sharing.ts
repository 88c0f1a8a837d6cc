/**
 * Who may get a response that was made for, or would be given to, a request with credentials.
 *
 * A shared cache gives what one client got to another because the handler let it: by a lifetime of its own,
 * and for Authorization by a directive besides (RFC 9111 3.5). An option that sets a lifetime is the word of
 * who runs the cache; it cannot tell a page for all from a page for one, so alone it opens nothing. Nor does
 * a handler's lifetime that is 0, unreadable or already over: it says that nobody may get this again.
 */
import { type CacheControl, hasDirective } from './cache-control.ts';
import { type FieldLines, hasField, type RequestFields } from './fields.ts';
import { isFresh } from './freshness.ts';
import type { Lifetime } from './lifetime.ts';

/** What a response says of sharing. `shared` never without `explicit`. */
export interface Audience {
  /** Fresh on the handler's own word. */
  readonly explicit: boolean;
  /** Moreover, expressly for requests with Authorization too. */
  readonly shared: boolean;
}

export const audienceOf = (control: CacheControl, lifetime: Lifetime, initialAgeS: number): Audience => {
  const explicit = isFresh(lifetime.ownS, initialAgeS);
  return {
    explicit,
    shared: explicit && permitsSharing(control) && !outlivesMustRevalidate(control, lifetime),
  };
};

/** The one rule: whether this request's credentials let it fill the cache, or be answered from it. */
export const mayShareWith = (audience: Audience, request: RequestFields): boolean =>
  (audience.explicit || !hasField(request, 'cookie')) &&
  (audience.shared || !hasField(request, 'authorization'));

/**
 * The same for a response that sets cookies, where the options keep such at all: that client is about to be
 * known, and what it gets may be its own.
 */
export const maySetCookies = (audience: Audience, response: FieldLines): boolean =>
  audience.explicit || !SET_COOKIE.some((name) => hasField(response, name));

/** RFC 9111 3.5: the directives by which an authenticated response may be stored and reused. */
export const permitsSharing = (control: CacheControl): boolean =>
  MUST_REVALIDATE_OR_MORE.some((name) => hasDirective(control, name));

/** RFC 9111 5.2.2.2: must-revalidate lets others have it because it ends when the handler says so. */
const outlivesMustRevalidate = (control: CacheControl, { seconds, ownS }: Lifetime): boolean =>
  seconds > ownS && !FOR_ALL.some((name) => hasDirective(control, name));

const SET_COOKIE = ['set-cookie', 'set-cookie2'];
const FOR_ALL = ['public', 's-maxage'];
const MUST_REVALIDATE_OR_MORE = [...FOR_ALL, 'must-revalidate'];
