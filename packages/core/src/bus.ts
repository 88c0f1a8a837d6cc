import type { MaybePromise } from './maybe-promise.ts';
import type { Removal } from './removal.ts';

/** What a process tells the others: entries that they hold no longer count. */
export type BusMessage = Removal;

/** What a link calls, in the order of arrival. Each call is synchronous and never throws. */
export interface BusReceiver {
  /** Another link's message. A link's own do not come back to it. */
  message(message: BusMessage): void;
  /**
   * Heartbeat `id` of this link has come back, on the connection that messages come on: all that was
   * published before it was sent has been delivered. `epoch` names the history of the store behind: a new
   * one means that data may have been lost or restored.
   */
  beat(id: number, epoch: string): void;
  /** The connection was lost: messages may be missing from now on until the next beat. */
  down(): void;
}

/** One cache's end of a bus. */
export interface BusLink {
  /** Names the sender of its messages: whoever publishes for this link (see CacheBackend.announceOn) uses it. */
  readonly id: string;
  /** Resolves when the bus has taken it; rejects (ERR_UNAVAILABLE) where that is not known. */
  publish(message: BusMessage): MaybePromise<void>;
  /** Sends a heartbeat that comes back to this link alone. A rejection is as one that does not come back. */
  beat(id: number): MaybePromise<void>;
  /** Idempotent; the receiver is called no more. */
  close(): MaybePromise<void>;
}

/**
 * A channel that carries invalidations between processes. Delivery may be late or lost; what is delivered
 * comes in the order of its publication, and a loss of the connection is told.
 */
export interface Bus {
  readonly name: string;
  open(receiver: BusReceiver): BusLink;
  close(): MaybePromise<void>;
}
