import { CacheError } from '@keepsake/core';

/** The most callers that may wait in one process for their turn; more are refused. */
export const MAX_WAITERS = 100_000;

/** A place in the line of each of its names. */
export interface Turn {
  /** Resolves when it is the first in all its lines; undefined where it is so already. */
  readonly comes: Promise<void> | undefined;
  /** Gives all its places up; the next ones come forward. Idempotent. */
  leave(): void;
}

interface Ticket {
  readonly names: readonly string[];
  call: (() => void) | undefined;
}

/**
 * The lines inside this process, one a name: only the first in line asks the store, and it keeps its place
 * while it holds the lock. So a thousand waiters in a process cost the store one question a hand-over, and
 * are served in the order they came. Places in all lines are taken in one step, so two callers with
 * several names each cannot block one another. It is about cost and order only: that a lock is held once
 * is the store's doing.
 */
export class Turns {
  readonly #lines = new Map<string, Ticket[]>();
  #size = 0;

  /** @throws CacheError ERR_LOCK_TIMEOUT when 100,000 wait already. */
  take(names: readonly string[]): Turn {
    if (this.#size >= MAX_WAITERS) {
      throw new CacheError('ERR_LOCK_TIMEOUT', `${MAX_WAITERS} callers wait for locks already`);
    }
    const ticket: Ticket = { names, call: undefined };
    this.#size += 1;
    for (const name of names) {
      const line = this.#lines.get(name);
      if (line === undefined) this.#lines.set(name, [ticket]);
      else line.push(ticket);
    }
    const comes = this.#isFirst(ticket)
      ? undefined
      : new Promise<void>((resolve) => {
          ticket.call = resolve;
        });
    let hasLeft = false;
    return {
      comes,
      leave: () => {
        if (!hasLeft) this.#leave(ticket);
        hasLeft = true;
      },
    };
  }

  #isFirst(ticket: Ticket): boolean {
    return ticket.names.every((name) => this.#lines.get(name)?.[0] === ticket);
  }

  #leave(ticket: Ticket): void {
    this.#size -= 1;
    for (const name of ticket.names) {
      const line = this.#lines.get(name) ?? [];
      const place = line.indexOf(ticket);
      if (place === 0) line.shift();
      else line.splice(place, 1);
      if (line.length === 0) this.#lines.delete(name);
    }
    for (const name of ticket.names) {
      const next = this.#lines.get(name)?.[0];
      if (next !== undefined && this.#isFirst(next)) next.call?.();
    }
  }
}
