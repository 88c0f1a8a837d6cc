import type { Cache, Key } from '@keepsake/core';
import type { Digest } from './digest.ts';
import { MAX_SEARCH_RULES, VARY_RECORD_TTL_S } from './limits.ts';
import type { RequestTarget } from './request-target.ts';
import { canonicalQuery, isSearchRule, type SearchRule } from './rules/no-vary-search.ts';

/**
 * What the handler's No-Vary-Search said last of each path. It only says under which key to look: what lies there
 * still answers for itself whether it is for the query that is asked for.
 */
export class SearchRules {
  readonly #cache: Cache;
  readonly #digest: Digest;
  /** By path; null: none is known. */
  readonly #known = new Map<string, SearchRule | null>();

  constructor(cache: Cache, digest: Digest) {
    this.#cache = cache;
    this.#digest = digest;
  }

  get size(): number {
    return this.#known.size;
  }

  /** Learns what other processes have found out; before `canonical` is asked. */
  async learn(target: RequestTarget): Promise<void> {
    const path = pathOf(target);
    const found: unknown = await this.#cache.get(await this.#keyOf(path));
    // What this process has found out and is still writing goes before what is not there yet.
    if (isSearchRule(found)) this.#remember(path, found);
    else if (!this.#known.has(path)) this.#remember(path, null);
  }

  /** The query by which the key of a request is made. */
  canonical(target: RequestTarget): string | null {
    const rule = this.#known.get(pathOf(target));
    return rule ? canonicalQuery(target.query, rule) : target.query;
  }

  /** From now on; stored once this resolves. */
  async note(target: RequestTarget, rule: SearchRule): Promise<void> {
    const path = pathOf(target);
    if (JSON.stringify(this.#known.get(path)) === JSON.stringify(rule)) return;
    this.#remember(path, rule);
    await this.#cache.set(await this.#keyOf(path), rule, { ttl: VARY_RECORD_TTL_S });
  }

  #remember(path: string, rule: SearchRule | null): void {
    this.#known.delete(path);
    this.#known.set(path, rule);
    if (this.#known.size <= MAX_SEARCH_RULES) return;
    const oldest = this.#known.keys().next();
    if (!oldest.done) this.#known.delete(oldest.value);
  }

  async #keyOf(path: string): Promise<Key> {
    return ['search', await this.#digest.hex(path)];
  }
}

const pathOf = ({ scheme, authority, path }: RequestTarget): string =>
  JSON.stringify([scheme, authority, path]);
