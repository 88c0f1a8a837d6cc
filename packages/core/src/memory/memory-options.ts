import type { Clock } from '../clock.ts';
import type { AccessSampler } from './access-sampler.ts';
import type { EvictionPolicyName } from './memory-store.ts';

export const DEFAULT_MAX_BYTES: number = 64 * 1024 * 1024;

export interface MemoryOptions {
  /** Default 10,000. */
  maxEntries?: number;
  /** Default 64 MiB, as estimated by `weigh`. */
  maxBytes?: number;
  /**
   * Bytes of an entry, a number from 0. Default: an estimate of key and value plus 112 bytes of overhead. What it throws
   * is the error of the call that stores.
   */
  weigh?: (value: unknown, key: string) => number;
  /** Which entry leaves when there is no room. Default 's3-fifo'. */
  policy?: EvictionPolicyName;
  /** Sees a share of the accesses: `missRatioCurve()` of `@keepsake/core/curve`. Default none. */
  sampler?: AccessSampler;
  clock?: Clock;
}
