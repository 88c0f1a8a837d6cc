/** Which bound an eviction has to relieve. */
export type Pressure = 'entries' | 'bytes';

/** What a policy may ask of an entry. */
export interface SlotFacts {
  /** The key of each slot that is taken. */
  readonly keys: readonly (string | undefined)[];
  /** 32 bits of the slot's key. */
  hashOf(slot: number): number;
  /** Bytes; 0 where nothing is weighed. */
  weightOf(slot: number): number;
}

/**
 * Which entry leaves when there is no room. Entries are slots (small integers) of the store's arrays; the
 * policy keeps their order and nothing else. Every method is O(1), `evict` amortised.
 */
export interface EvictionPolicy {
  /** A new entry, whose key and weight are known by now. */
  insert(slot: number): void;
  /** The entry was read or overwritten. */
  hit(slot: number): void;
  /** The weight of a present entry grew by so much, or shrank. */
  reweigh(slot: number, byBytes: number): void;
  /** The entry leaves for another reason: deleted, expired. Its key and weight are still known. */
  remove(slot: number): void;
  /** Chooses an entry and takes it out; -1 where there is none. */
  evict(pressure: Pressure): number;
  /** Room for slots below `capacity`. */
  grow(capacity: number): void;
  clear(): void;
}
