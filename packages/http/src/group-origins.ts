import type { Cache } from '@keepsake/core';
import { KeyedQueue } from './keyed-queue.ts';
import { groupTag, originText } from './rules/cache-groups.ts';

const KEY = ['group-origins'];
/** More origins than this behind one cache are not purged by group without saying which. */
const MAX_ORIGINS = 100;

/**
 * Groups are those of one origin (RFC 9875 2), and a purge by group does not say which: so the origins that have
 * any are listed in the store.
 */
export class GroupOrigins {
  readonly #cache: Cache;
  readonly #known = new Set<string>();
  readonly #queue = new KeyedQueue();

  constructor(cache: Cache) {
    this.#cache = cache;
  }

  /** The origin has groups. In the list before this resolves. */
  async note(origin: string): Promise<void> {
    if (this.#known.has(origin) || this.#known.size >= MAX_ORIGINS) return;
    await this.#queue.run('', async () => {
      const listed = await this.#read();
      if (!listed.includes(origin)) {
        await this.#cache.set(KEY, [...listed, origin].slice(-MAX_ORIGINS), { ttl: 'forever' });
      }
      this.#known.add(origin);
    });
  }

  /** The tags of a group in the given origin, else in all that have groups. */
  async tagsOf(
    group: string,
    own: { readonly scheme: string; readonly authority: string } | undefined,
  ): Promise<string[]> {
    const origins = own ? [originText(own)] : new Set([...this.#known, ...(await this.#read())]);
    return [...origins].map((origin) => groupTag(origin, group));
  }

  async #read(): Promise<string[]> {
    const listed: unknown = await this.#cache.get(KEY);
    return Array.isArray(listed) ? listed.filter((each) => typeof each === 'string') : [];
  }
}
