import type { BackendFence } from './backend.ts';

/**
 * The right to store what was made from data read after a miss: handed out by `cache.inspect(key)`, shown
 * to `cache.set(key, value, { fence })`. Opaque. It ends with the first change of the key.
 */
export interface Fence {
  readonly key: string;
  /** When it was given, on the cache's clock. */
  readonly takenAt: number;
  readonly l1: BackendFence | undefined;
  readonly l2: BackendFence | undefined;
}
