/**
 * Virtual time for a network of processes. Each has an event loop of its own, which can be blocked while the others
 * go on: what falls due meanwhile happens when it ends, timers before what came from outside, as in Node.
 *
 * Events lie in a list, ordered by their time. One is taken, and all promises that it settles run to their next wait
 * before the next one is taken. Worlds that run at once share the turns of the real event loop, and are independent.
 */
import type { Clock, Timer } from '@keepsake/core';

type Phase = 0 | 1;
export const TIMER: Phase = 0;
export const ARRIVAL: Phase = 1;

interface PendingEvent {
  atMs: number;
  readonly phase: Phase;
  /** What was due first, or set first, comes first. */
  readonly dueMs: number;
  readonly order: number;
  /** While this is in the future, it waits. */
  readonly notBefore: () => number;
  readonly run: () => void;
}

const isBefore = (one: PendingEvent, other: PendingEvent): boolean =>
  (one.atMs - other.atMs || one.phase - other.phase || one.dueMs - other.dueMs || one.order - other.order) <
  0;

let turn: Promise<void> | undefined;

/** All promises that can go on have done so. */
const nextTurn = (): Promise<void> =>
  (turn ??= new Promise((resolve) =>
    setImmediate(() => {
      turn = undefined;
      resolve();
    }),
  ));

export class EventLoops {
  /** The next one is the last. */
  readonly #pending: PendingEvent[] = [];
  readonly #blockedUntil = new Map<number, number>();
  #order = 0;
  nowMs = 0;

  /** Calls `run` at a time, and not while `notBefore` says so. */
  at(atMs: number, run: () => void, phase: Phase = TIMER, notBefore: () => number = () => 0): PendingEvent {
    this.#order += 1;
    const event = {
      atMs: Math.max(atMs, this.nowMs),
      phase,
      dueMs: atMs,
      order: this.#order,
      notBefore,
      run,
    };
    this.#insert(event);
    return event;
  }

  /** The clock of a process, whose timers wait while it is blocked. */
  clockOf(node: number): Clock {
    return {
      now: () => this.nowMs,
      wallNow: () => this.nowMs,
      setTimer: (callback, delayMs): Timer => {
        const event = this.at(this.nowMs + Math.max(0, delayMs), callback, TIMER, () => this.freeAt(node));
        return { cancel: () => this.#remove(event) };
      },
    };
  }

  /** When the event loop of a process goes on. */
  freeAt(node: number): number {
    return this.#blockedUntil.get(node) ?? 0;
  }

  block(node: number, ms: number): void {
    this.#blockedUntil.set(node, Math.max(this.freeAt(node), this.nowMs + ms));
  }

  /** Lets everything happen that is due until then. */
  async runUntil(untilMs: number): Promise<void> {
    await nextTurn();
    for (let next = this.#pending.at(-1); next && next.atMs <= untilMs; next = this.#pending.at(-1)) {
      this.#pending.pop();
      this.nowMs = next.atMs;
      const waitsUntil = next.notBefore();
      if (waitsUntil > this.nowMs) {
        next.atMs = waitsUntil;
        this.#insert(next);
        continue;
      }
      next.run();
      await nextTurn();
    }
    this.nowMs = untilMs;
  }

  #insert(event: PendingEvent): void {
    let [low, high] = [0, this.#pending.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#pending[middle];
      if (other && isBefore(event, other)) low = middle + 1;
      else high = middle;
    }
    this.#pending.splice(low, 0, event);
  }

  #remove(event: PendingEvent): void {
    const place = this.#pending.indexOf(event);
    if (place >= 0) this.#pending.splice(place, 1);
  }
}
