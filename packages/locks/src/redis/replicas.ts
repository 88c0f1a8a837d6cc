import { CacheError, type Duration, toMs } from '@keepsake/core';
import type { Connection } from '@keepsake/redis';

/** How many replicas must have a grant before it counts. */
export interface ReplicasOptions {
  /** So many, 1 to 100. */
  wait: number;
  /** They must confirm within it. Shorter than `commandTimeout`; default half of it. */
  timeout?: Duration;
}

const MOST_REPLICAS = 100;

/**
 * Waits until replicas have what was written on this connection (Redis WAIT). A lock that they have outlives the loss of
 * the primary, if one of them takes over. It is no quorum: the primary itself may be cut off, and be asked on.
 */
export class Replicas {
  readonly #count: number;
  readonly #timeoutMs: number;

  /** @throws CacheError ERR_OPTION, ERR_TTL */
  constructor({ wait, timeout }: ReplicasOptions, commandTimeoutMs: number) {
    if (!Number.isInteger(wait) || wait < 1 || wait > MOST_REPLICAS) {
      throw new CacheError('ERR_OPTION', `replicas.wait: expected a whole number from 1 to ${MOST_REPLICAS}`);
    }
    this.#count = wait;
    this.#timeoutMs =
      timeout === undefined ? Math.ceil(commandTimeoutMs / 2) : toMs(timeout, 'replicas.timeout');
    if (this.#timeoutMs >= commandTimeoutMs) {
      throw new CacheError('ERR_OPTION', 'replicas.timeout: expected less than commandTimeout');
    }
  }

  /** @throws CacheError ERR_UNAVAILABLE where fewer have it in time. */
  async confirm(connection: Connection, operation: string): Promise<void> {
    const confirmed = await connection.call(operation, 'WAIT', [this.#count, this.#timeoutMs]);
    if (typeof confirmed === 'number' && confirmed >= this.#count) return;
    throw new CacheError(
      'ERR_UNAVAILABLE',
      `redis ${operation}: ${String(confirmed)} of ${this.#count} replicas confirmed it within ${this.#timeoutMs} ms`,
    );
  }
}
