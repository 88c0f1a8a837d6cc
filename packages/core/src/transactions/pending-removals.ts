import type { Cache, Invalidation } from '../cache.ts';
import type { RemovalMode } from '../removal.ts';

/** Names (keys, tags, patterns) that one transaction gathers; for more, all of their namespace is cleared. */
export const MAX_PENDING = 10_000;

/** What one call of the cache takes. */
const TAGS_AT_ONCE = 64;
const KEYS_AT_ONCE = 1_000;

/** A removal that waits for its commit, as plain data: it survives JSON, and so an outbox table. */
export type PendingRemoval = {
  /** The names of the namespaces that lead to it, from the cache given to `transactional`. */
  readonly namespace: readonly string[];
} & (
  | { readonly kind: 'keys' | 'tags'; readonly mode: RemovalMode; readonly names: readonly string[] }
  | { readonly kind: 'clear'; readonly pattern?: string | { readonly prefix: string } }
);

/** Removals of one transaction, each name once. */
export class PendingRemovals {
  readonly #names = new Map<string, Set<string>>();
  /** By place, kind and mode; the namespace is the first of the parts. */
  readonly #heads = new Map<string, PendingRemoval>();
  #size = 0;

  add(removal: PendingRemoval): void {
    const names = 'names' in removal ? removal.names : [JSON.stringify(removal.pattern ?? null)];
    const head = { ...removal, ...('names' in removal ? { names: [] } : { pattern: '' }) };
    if (this.#size + names.length > MAX_PENDING) return this.#widen(removal.namespace);
    const id = JSON.stringify([head.namespace, head.kind, 'mode' in head ? head.mode : '']);
    const known = this.#names.get(id) ?? new Set();
    this.#size -= known.size;
    for (const name of names) known.add(name);
    this.#size += known.size;
    this.#names.set(id, known);
    this.#heads.set(id, head);
  }

  list(): PendingRemoval[] {
    return [...this.#heads].flatMap(([id, head]) => {
      const names = [...(this.#names.get(id) ?? [])];
      if ('names' in head) return [{ ...head, names }];
      return names.map((text) => withPattern(head.namespace, JSON.parse(text) as Pattern | null));
    });
  }

  /** All of a namespace stands for what was gathered of it, and all of the cache where that makes no room. */
  #widen(namespace: readonly string[]): void {
    for (const [id, head] of this.#heads) {
      if (JSON.stringify(head.namespace) !== JSON.stringify(namespace)) continue;
      this.#size -= this.#names.get(id)?.size ?? 0;
      this.#names.delete(id);
      this.#heads.delete(id);
    }
    if (this.#size < MAX_PENDING) return this.add({ namespace, kind: 'clear' });
    this.#names.clear();
    this.#heads.clear();
    this.#size = 0;
    this.add({ namespace: [], kind: 'clear' });
  }
}

type Pattern = string | { readonly prefix: string };

const withPattern = (namespace: readonly string[], pattern: Pattern | null): PendingRemoval =>
  pattern === null ? { namespace, kind: 'clear' } : { namespace, kind: 'clear', pattern };

/** Carries removals out, all at once: as many calls as there are kinds and places, not as there were removals. */
export const carryOut = async (cache: Cache, removals: readonly PendingRemoval[]): Promise<Invalidation> => {
  const results = await Promise.all(
    removals.flatMap((removal) => {
      const place = removal.namespace.reduce((above, name) => above.namespace(name), cache);
      return callsFor(place, removal);
    }),
  );
  const counts = results.map(({ count }) => count);
  return {
    acknowledged: results.every(({ acknowledged }) => acknowledged),
    count: counts.includes(undefined) ? undefined : counts.reduce<number>((sum, n) => sum + (n ?? 0), 0),
  };
};

const callsFor = (cache: Cache, removal: PendingRemoval): Promise<Invalidation>[] => {
  if (removal.kind === 'clear') return [cache.clear(removal.pattern)];
  const { kind, mode, names } = removal;
  if (kind === 'tags') return chunks(names, TAGS_AT_ONCE).map((tags) => cache.invalidateTags(tags, { mode }));
  if (mode === 'delete') return chunks(names, KEYS_AT_ONCE).map((keys) => cache.deleteMany(keys));
  return names.map((key) => cache.expire(key));
};

const chunks = (names: readonly string[], size: number): string[][] =>
  Array.from({ length: Math.ceil(names.length / size) }, (_, i) => names.slice(i * size, (i + 1) * size));
