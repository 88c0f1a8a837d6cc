import { type Item, serializeItem, Token } from 'structured-headers';

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
  const parameters = new Map<string, boolean | number | Token>();
  if (outcome.hit) {
    parameters.set('hit', true).set('ttl', outcome.ttlS);
  } else {
    parameters.set('fwd', new Token(outcome.forward));
    if (outcome.status !== undefined) parameters.set('fwd-status', outcome.status);
    if (outcome.stored) parameters.set('stored', true);
    if (outcome.collapsed) parameters.set('collapsed', true);
  }
  const item: Item = [TOKEN.test(name) ? new Token(name) : name, parameters];
  return serializeItem(item);
};

/** RFC 9651 3.3.4. */
const TOKEN = /^[A-Za-z*][!#$%&'*+\-.^_`|~0-9A-Za-z:/]*$/;
