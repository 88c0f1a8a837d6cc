import { serializeItem, Token } from 'structured-headers';

/** RFC 9211 2.2: why a request went to the handler. */
export type ForwardReason =
  'bypass' | 'method' | 'uri-miss' | 'vary-miss' | 'miss' | 'request' | 'stale' | 'partial';

/** What became of a request in this cache, RFC 9211. */
export type CacheOutcome =
  | { readonly hit: true; readonly ttlS: number }
  | {
      readonly hit: false;
      readonly forward: ForwardReason;
      readonly status?: number;
      readonly stored?: boolean;
      readonly collapsed?: boolean;
    };

/** This cache's member of Cache-Status. `key` and `detail` are left out: they tell what is in the cache. */
export const cacheStatusMember = (name: string, outcome: CacheOutcome): string => {
  if (outcome.hit) return `${itemOf(name)};hit;ttl=${outcome.ttlS}`;
  const status = outcome.status === undefined ? '' : `;fwd-status=${outcome.status}`;
  const stored = outcome.stored ? ';stored' : '';
  const collapsed = outcome.collapsed ? ';collapsed' : '';
  return `${itemOf(name)};fwd=${outcome.forward}${status}${stored}${collapsed}`;
};

/** Each cache has one name, and an application a few caches. */
const MAX_NAMES = 100;
const items = new Map<string, string>();

/** The name as a structured field: a token, or a string in quotes. */
const itemOf = (name: string): string => {
  let item = items.get(name);
  if (item === undefined) {
    item = serializeItem([TOKEN.test(name) ? new Token(name) : name, new Map()]);
    if (items.size < MAX_NAMES) items.set(name, item);
  }
  return item;
};

/** RFC 9651 3.3.4. */
const TOKEN = /^[A-Za-z*][!#$%&'*+\-.^_`|~0-9A-Za-z:/]*$/;
