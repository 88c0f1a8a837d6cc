/** Which bound an eviction has to relieve. */
export type Pressure = 'entries' | 'bytes';

/**
 * Which entry leaves when there is no room. Entries are slots (small integers) of the store's arrays; the
 * policy keeps their order and nothing else. Every method is O(1), `evict` amortised.
 */
export interface EvictionPolicy {
  /** A new entry; `hash` is that of its key, stable over its life and after. */
  insert(slot: number, hash: number, weight: number): void;
  /** The entry was read or overwritten. */
  hit(slot: number): void;
  /** The weight of a present entry changes. */
  reweigh(slot: number, weight: number): void;
  /** The entry leaves for another reason: deleted, expired. */
  remove(slot: number): void;
  /** Chooses an entry and takes it out; -1 where there is none. */
  evict(pressure: Pressure): number;
  /** Room for slots below `capacity`. */
  grow(capacity: number): void;
  clear(): void;
}
