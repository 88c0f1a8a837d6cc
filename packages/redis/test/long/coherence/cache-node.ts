import type { Bus, Cache, CacheBackend, Clock } from '@keepsake/core';

/** What the source has of a key. (A number alone would never be kept in memory.) */
export interface Versioned {
  readonly version: number;
}

/** The part of a cache that is checked; a Cache is one, and so is the naive one. */
export type CacheNode = Pick<
  Cache,
  | 'get'
  | 'getMany'
  | 'getOrSet'
  | 'getOrSetMany'
  | 'inspect'
  | 'set'
  | 'delete'
  | 'invalidateTags'
  | 'clear'
  | 'stats'
  | 'close'
>;

/** What a node is made over. */
export interface NodePorts {
  readonly clock: Clock;
  readonly l2: CacheBackend;
  /** Absent: entries of L1 live for the bound. */
  readonly bus?: Bus;
  readonly stalenessMs: number;
  readonly ttlMs: number;
  readonly maxEntries: number;
}

export type MakeNode = (ports: NodePorts) => CacheNode;
