import { CacheError } from '@keepsake/core';

/** The most callers that may wait in one process for their turn; more are refused. */
export const MAX_WAITERS = 100_000;

/** Lines in which nobody is are swept when there may be this many lines, and at each doubling. */
const FIRST_SWEEP_AT = 1_024;

/** A place in the line of each of its names. */
export interface Turn {
  /** Resolves when it is its turn with all its names; undefined where it is so already. */
  readonly comes: Promise<void> | undefined;
  /** Gives all its places up; the next ones come forward. Idempotent. */
  leave(): void;
}

/** Whose turn it is, and those who wait, in the order they came. */
interface Line {
  current: Ticket | undefined;
  waiting: Set<Ticket> | undefined;
}

/**
 * The lines inside this process, one a name: only whose turn it is asks the store, and it stays so while it holds the
 * lock. So a thousand waiters in a process cost the store the questions of one, and are served in the order they came.
 * It is about cost and order only: that a lock is held once is the store's doing.
 *
 * Invariant: nobody waits whose names are all without a current one. Who waits for several names holds up nobody while
 * one of them is another's, so whoever holds one name and asks for a second never waits for somebody who waits for both.
 */
export class Turns {
  readonly #lines = new Map<string, Line>();
  #size = 0;
  #sweepAt = FIRST_SWEEP_AT;

  /** Lines in memory, those in which nobody is included. */
  get lines(): number {
    return this.#lines.size;
  }

  /** @throws CacheError ERR_LOCK_TIMEOUT when 100,000 wait already. */
  take(names: readonly string[]): Turn {
    if (this.#size >= MAX_WAITERS) {
      throw new CacheError('ERR_LOCK_TIMEOUT', `${MAX_WAITERS} callers wait for locks already`);
    }
    this.#size += 1;
    const ticket = new Ticket(names, this);
    const isTurn = this.#isFree(names);
    if (!isTurn) ticket.wait();
    for (const name of names) {
      const line = this.#lines.get(name);
      if (line === undefined) {
        this.#lines.set(name, {
          current: isTurn ? ticket : undefined,
          waiting: isTurn ? undefined : new Set([ticket]),
        });
      } else if (isTurn) {
        line.current = ticket;
      } else {
        line.waiting ??= new Set();
        line.waiting.add(ticket);
      }
    }
    if (this.#lines.size >= this.#sweepAt) this.#sweep();
    return ticket;
  }

  /** For the ticket itself, once. */
  onLeave(ticket: Ticket): void {
    this.#size -= 1;
    let wasCurrent = false;
    for (const name of ticket.names) {
      const line = this.#lines.get(name);
      if (line === undefined) continue;
      line.waiting?.delete(ticket);
      if (line.current !== ticket) continue;
      line.current = undefined;
      wasCurrent = true;
    }
    // Who only waited frees nothing. Looked through for each of them, a long line costs the square of its length.
    if (wasCurrent) for (const name of ticket.names) this.#callNext(name);
  }

  #isFree(names: readonly string[]): boolean {
    for (const name of names) if (this.#lines.get(name)?.current !== undefined) return false;
    return true;
  }

  #callNext(name: string): void {
    const line = this.#lines.get(name);
    if (line === undefined || line.current !== undefined) return;
    // A line in which nobody is stays: most names are asked for again, and a map whose keys come and go is slow.
    for (const next of line.waiting ?? []) {
      if (!this.#isFree(next.names)) continue;
      this.#begin(next);
      next.call();
      return;
    }
  }

  #begin(ticket: Ticket): void {
    for (const name of ticket.names) {
      const line = this.#lines.get(name);
      if (line === undefined) continue;
      line.current = ticket;
      line.waiting?.delete(ticket);
    }
  }

  #sweep(): void {
    for (const [name, { current, waiting }] of this.#lines) {
      if (current === undefined && (waiting?.size ?? 0) === 0) this.#lines.delete(name);
    }
    this.#sweepAt = Math.max(FIRST_SWEEP_AT, this.#lines.size * 2);
  }
}

class Ticket implements Turn {
  readonly names: readonly string[];
  readonly #turns: Turns;
  comes: Promise<void> | undefined;
  call: () => void = noop;
  #hasLeft = false;

  constructor(names: readonly string[], turns: Turns) {
    this.names = names;
    this.#turns = turns;
  }

  wait(): void {
    this.comes = new Promise((resolve) => {
      this.call = resolve;
    });
  }

  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#turns.onLeave(this);
  }
}

const noop = (): void => undefined;
