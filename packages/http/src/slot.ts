import type { VaryRecord } from './stored-response.ts';

/** The key of a URL, with the request fields that options add to it. */
export interface UrlKey {
  /** The URL alone: by it writes invalidate. */
  readonly url: string;
  readonly primary: string;
  /** The query as it was asked for; the key may leave some of it out. */
  readonly query: string | null;
}

/** Where a response lies, or would: at the URL's own key, or below the record of what the URL varies by. */
export interface Slot {
  readonly urlKey: UrlKey;
  /** Of the tuple. */
  readonly hash: string;
  /** A text, not segments: those would be put together on every read. */
  readonly key: string;
  readonly tuple: string;
  readonly record: VaryRecord | undefined;
}

/** Where nothing ever lies: what replaces a response takes the fence of this key. */
export const guardOf = ({ hash }: Pick<Slot, 'hash'>): string => `guard:${hash}`;
