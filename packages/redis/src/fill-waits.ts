import { type BackendEvent, isCacheError } from '@keepsake/core';
import type { ClientSource } from './client.ts';

import { RedisFailure } from './failure.ts';
import { awaitLease } from './scripts/lease.ts';
import type { Servers } from './servers.ts';
import { RedisSubscriber } from './subscriber.ts';

/** Waits that are woken by a message; those beyond it only by their time. */
export const MAX_LISTENING = 1_000;

/**
 * Waits for the end of leases that other processes hold. Nobody polls: who waits listens to the channel of the lease,
 * then marks the lease, and whatever ends a marked lease (fill, release, removal, another store) publishes in the
 * same step. One that ended before the mark is not marked any more, and the wait is over: so no end is missed.
 *
 * What ends by itself or whose message is lost is noticed when the time of the wait is up. Without pub/sub (forbidden
 * by an ACL, cut off) nothing is left but this time: a waiting process then looks again when the lease would have ended.
 */
export class FillWaits {
  readonly #servers: Servers;
  readonly #source: ClientSource;
  /** A Redis key: of a cluster, the node that has it is listened to; messages of the others are passed on to it. */
  readonly #home: string;
  readonly #emit: (event: BackendEvent) => void;
  /** Ends of the waits under way: as many as callers wait. */
  readonly #waking = new Set<() => void>();
  #subscriber: RedisSubscriber | undefined;
  #listening = 0;
  #isTroubled = false;
  #isClosed = false;

  constructor(servers: Servers, source: ClientSource, home: string, emit: (event: BackendEvent) => void) {
    this.#servers = servers;
    this.#source = source;
    this.#home = home;
    this.#emit = emit;
    // Who waits for a server that is gone learns it by asking, at once and not when the lease would have ended.
    servers.onState((isUp) => isUp || this.#wakeAll());
  }

  /** Resolves when the lease is not held any more, perhaps sooner, and after `ms` at the latest. */
  async until(lease: string, ms: number): Promise<void> {
    if (this.#isClosed) throw new RedisFailure('ERR_CLOSED', 'redis wait: it was closed');
    let wake = (): void => undefined;
    const over = new Promise<void>((resolve) => (wake = resolve));
    this.#waking.add(wake);
    const timer = this.#servers.clock.setTimer(wake, ms);
    if (this.#listening < MAX_LISTENING) {
      this.#listen(lease, wake, over).then(
        () => (this.#isTroubled = false),
        (failure: unknown) => this.#tell(failure),
      );
    }
    try {
      await over;
    } finally {
      timer.cancel();
      this.#waking.delete(wake);
    }
  }

  async #listen(lease: string, wake: () => void, over: Promise<void>): Promise<void> {
    this.#listening += 1;
    try {
      const stop = await this.#listener().subscribe(lease, wake);
      try {
        // Listening first, looking last: between the two nothing can end unheard.
        if (!(await awaitLease(this.#servers.of(lease), lease))) wake();
        await over;
      } finally {
        await stop();
      }
    } finally {
      this.#listening -= 1;
    }
  }

  /** One connection for all waits, from the first one on. */
  #listener(): RedisSubscriber {
    if (!this.#subscriber) {
      this.#subscriber = new RedisSubscriber({
        ...this.#source,
        own: this.#servers.listener(this.#home),
        clock: this.#servers.clock,
      });
      // What is published until it stands again is lost: who waits looks again, and listens anew.
      this.#subscriber.onDown(() => this.#wakeAll());
    }
    return this.#subscriber;
  }

  /** Waits are not woken by messages: told once until they are again. */
  #tell(error: unknown): void {
    if (this.#isTroubled || (isCacheError(error) && error.code === 'ERR_CLOSED')) return;
    this.#isTroubled = true;
    this.#emit({ type: 'failed', operation: 'waitForFill', error });
  }

  #wakeAll(): void {
    for (const wake of this.#waking) wake();
  }

  /**
   * Ends all waits, and the connection. To be called after all else is closed: who waits looks again, and must not find
   * a lease that nobody gives back. Idempotent.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wakeAll();
    await this.#subscriber?.close();
  }
}
