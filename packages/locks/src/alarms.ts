import type { Clock, Timer } from '@keepsake/core';

/** A timer may come a little early: what is due so soon is due, or it would be set again for no time at all. */
const SLACK_MS = 1;

/** Lists at a time; what is set with a further delay has a timer of its own. */
export const MAX_LISTS = 64;

export interface AlarmOwner {
  onDue(): void;
}

/**
 * Timers that nearly all are cancelled before they are due: the first renewals of leases, which are mostly short.
 * One real timer for all that were set with the same delay, so to set and to cancel one is to link and to unlink it in a
 * list in order of time. A list whose alarms were all cancelled lasts until its timer comes round, then it goes.
 */
export class Alarms {
  readonly #clock: Clock;
  readonly #lists = new Map<number, AlarmList>();
  #last: AlarmList | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls the owner `delayMs` after `fromMs`. */
  set(fromMs: number, delayMs: number, owner: AlarmOwner): Timer {
    let list = this.#last;
    if (list?.delayMs !== delayMs) {
      list = this.#lists.get(delayMs);
      if (list === undefined) {
        if (this.#lists.size >= MAX_LISTS) {
          const leftMs = Math.max(0, fromMs + delayMs - this.#clock.now());
          return this.#clock.setTimer(() => owner.onDue(), leftMs, 'background');
        }
        const made = new AlarmList(this.#clock, delayMs, () => this.#drop(made));
        list = made;
        this.#lists.set(delayMs, list);
      }
      this.#last = list;
    }
    return list.add(fromMs + delayMs, owner);
  }

  /** Calls nobody any more. */
  close(): void {
    for (const list of this.#lists.values()) list.close();
    this.#lists.clear();
    this.#last = undefined;
  }

  #drop(list: AlarmList): void {
    this.#lists.delete(list.delayMs);
    if (this.#last === list) this.#last = undefined;
  }
}

class AlarmList {
  readonly delayMs: number;
  readonly #clock: Clock;
  readonly #onEmpty: () => void;
  /** Before the first and behind the last: the list is a ring. */
  readonly #ends: Alarm = new Alarm(-Infinity, { onDue: () => undefined });
  #timer: Timer | undefined;
  #timerAtMs = Infinity;

  constructor(clock: Clock, delayMs: number, onEmpty: () => void) {
    this.#clock = clock;
    this.delayMs = delayMs;
    this.#onEmpty = onEmpty;
  }

  add(dueAtMs: number, owner: AlarmOwner): Alarm {
    const alarm = new Alarm(dueAtMs, owner);
    let before = this.#ends.previous;
    // Mostly it is the latest: only answers that overtook one another come out of order.
    while (before.dueAtMs > dueAtMs) before = before.previous;
    alarm.link(before);
    if (dueAtMs < this.#timerAtMs) this.#arm(dueAtMs);
    return alarm;
  }

  close(): void {
    this.#timer?.cancel();
  }

  #arm(atMs: number): void {
    this.#timer?.cancel();
    this.#timerAtMs = atMs;
    this.#timer = this.#clock.setTimer(
      () => this.#ring(),
      Math.max(0, atMs - this.#clock.now()),
      'background',
    );
  }

  #ring(): void {
    this.#timerAtMs = Infinity;
    const dueMs = this.#clock.now() + SLACK_MS;
    for (
      let first = this.#ends.next;
      first !== this.#ends && first.dueAtMs <= dueMs;
      first = this.#ends.next
    ) {
      first.cancel();
      first.owner.onDue();
    }
    const { next } = this.#ends;
    if (next === this.#ends) this.#onEmpty();
    else if (next.dueAtMs < this.#timerAtMs) this.#arm(next.dueAtMs);
  }
}

class Alarm implements Timer {
  readonly dueAtMs: number;
  readonly owner: AlarmOwner;
  previous: Alarm = this;
  next: Alarm = this;

  constructor(dueAtMs: number, owner: AlarmOwner) {
    this.dueAtMs = dueAtMs;
    this.owner = owner;
  }

  link(before: Alarm): void {
    this.previous = before;
    this.next = before.next;
    before.next.previous = this;
    before.next = this;
  }

  cancel(): void {
    this.previous.next = this.next;
    this.next.previous = this.previous;
    this.previous = this;
    this.next = this;
  }
}
