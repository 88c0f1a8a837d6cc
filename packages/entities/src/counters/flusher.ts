/**
 * Carries batches from the store to the sink.
 *
 * Idea: take batches (the store hands out each until it is settled), apply them (the sink adds each number once),
 * settle them. Every step may be repeated, by this process or another, so a crash between any two of them loses and
 * doubles nothing, and there is nothing to lock. What failed stays in hand and is tried again after a pause that
 * doubles. One batch that the sink refuses must not hold up the others: after a failure they go one by one, the failed
 * one last, and more at a time again with each success.
 */
import { CacheError, type Clock, type CounterBatch, type CounterStore, type Timer } from '@keepsake/core';
import type { FlushFailure, ResolvedCountersOptions } from './options.ts';
import type { SinkCalls } from './sink-calls.ts';

/** Batches in hand at most, and in one call of the sink. */
export const MAX_BATCHES = 100;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;
/** Calls of the sink that fail in a row before a pass is given up. */
const MAX_FAILED_CALLS = 3;

/** 100, 200, 400 ... 5,000 ms. */
export const retryInMs = (failures: number): number =>
  Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 20));

export class Flusher {
  readonly #options: ResolvedCountersOptions;
  readonly #store: CounterStore;
  readonly #sink: SinkCalls;
  readonly #clock: Clock;
  #hand: CounterBatch[] = [];
  /** How many of the hand go into one call of the sink. */
  #portion = MAX_BATCHES;
  /** Passes that failed in a row. */
  #failures = 0;
  #part: FlushFailure['part'] = 'store';
  /** The pass under way: passes take turns. */
  #pass: Promise<void> | undefined;
  #isWanted = false;
  #isClosing = false;
  #timer: Timer | undefined;

  constructor(options: ResolvedCountersOptions, sink: SinkCalls) {
    this.#options = options;
    this.#store = options.store;
    this.#clock = options.clock;
    this.#sink = sink;
    this.#schedule(options.rule.afterMs);
  }

  /** Something is due. */
  kick(): void {
    this.#isWanted = true;
    // After a failure the pause counts: what is due by then goes along.
    if (this.#pass === undefined && this.#failures === 0 && !this.#isClosing) this.#start();
  }

  /** All that is pending. @throws CacheError ERR_UNAVAILABLE */
  async flush(): Promise<void> {
    try {
      await this.#inTurn(true);
    } catch (error) {
      throw new CacheError('ERR_UNAVAILABLE', `flush: the ${this.#part} failed`, { cause: error });
    }
  }

  /**
   * Flushes once `counted` has settled, and again and again where that fails, until the time is up.
   *
   * @throws CacheError ERR_UNAVAILABLE; its cause is the last flush that failed
   */
  async close(timeoutMs: number, counted: Promise<unknown>): Promise<void> {
    this.#isClosing = true;
    this.#timer?.cancel();
    let isLate = false;
    let reason: unknown;
    let wake: (() => void) | undefined;
    const late = new Promise<void>((resolve) => (wake = resolve));
    const timer = this.#clock.setTimer(() => {
      isLate = true;
      wake?.();
    }, timeoutMs);
    const flushAll = async (): Promise<void> => {
      await counted;
      while (!isLate) {
        try {
          return await this.flush();
        } catch (error) {
          reason = error;
          await Promise.race([late, this.#pause(FIRST_RETRY_MS)]);
          if (isLate) throw error;
        }
      }
    };
    const overdue = late.then(() => {
      const message = `close: not all was flushed within ${timeoutMs} ms`;
      throw new CacheError('ERR_UNAVAILABLE', message, reason === undefined ? undefined : { cause: reason });
    });
    try {
      await Promise.race([flushAll(), overdue]);
    } finally {
      timer.cancel();
    }
  }

  #start(): void {
    this.#timer?.cancel();
    this.#inTurn(false).then(
      () => {
        this.#failures = 0;
        this.#schedule(this.#options.rule.afterMs);
      },
      (error: unknown) => {
        this.#failures += 1;
        const pauseMs = retryInMs(this.#failures);
        this.#tell(error, pauseMs);
        this.#schedule(pauseMs);
      },
    );
  }

  #schedule(delayMs: number): void {
    this.#timer?.cancel();
    if (this.#isClosing) return;
    this.#timer = this.#clock.setTimer(() => this.#start(), delayMs, 'background');
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#clock.setTimer(resolve, ms, 'background'));
  }

  #tell(error: unknown, pauseMs: number): void {
    const failure = { part: this.#part, error, held: this.#hand.length, retryInMs: pauseMs };
    try {
      const told: unknown = this.#options.onFailure(failure);
      // An async listener's rejection is no other matter.
      if (told instanceof Promise) told.catch(() => undefined);
    } catch {
      // A listener's own mistake stops no flush; there is nobody left to tell.
    }
  }

  /** One pass after the other; one that failed has told its own caller. */
  async #inTurn(isForced: boolean): Promise<void> {
    const before = this.#pass ?? Promise.resolve();
    const pass = before.then(
      () => this.#passOver(isForced),
      () => this.#passOver(isForced),
    );
    this.#pass = pass;
    try {
      await pass;
    } finally {
      if (this.#pass === pass) this.#pass = undefined;
    }
    // Due since the pass looked last.
    if (this.#isWanted) this.kick();
  }

  /** Until nothing more is due; forced: until each counter that has something pending was taken once. */
  async #passOver(isForced: boolean): Promise<void> {
    const taken = new Set<string>();
    for (;;) {
      this.#isWanted = false;
      const isMore = await this.#fillHand(isForced, taken);
      if (this.#hand.length === 0 && !this.#isWanted) return;
      await this.#deliverHand();
      if (!isMore && !this.#isWanted) return;
    }
  }

  /** Whether there may be more to take. */
  async #fillHand(isForced: boolean, taken: Set<string>): Promise<boolean> {
    const limit = MAX_BATCHES - this.#hand.length;
    if (limit === 0) return true;
    this.#part = 'store';
    const leaseMs = this.#options.sinkTimeoutMs * 2;
    const batches = await this.#store.take({ limit, leaseMs, isForced });
    // What failed longer ago than its lease comes once more.
    const known = new Set(batches.map(({ id }) => id));
    this.#hand = [...batches, ...this.#hand.filter(({ id }) => !known.has(id))];
    const isNew = batches.some(({ id }) => !taken.has(id));
    if (isForced) for (const { id } of batches) taken.add(id);
    return batches.length === limit && isNew;
  }

  async #deliverHand(): Promise<void> {
    let failed = 0;
    while (this.#hand.length > 0) {
      const batches = this.#hand.splice(0, this.#portion);
      try {
        await this.#deliver(batches);
        failed = 0;
        this.#portion = Math.min(MAX_BATCHES, this.#portion * 2);
      } catch (error) {
        this.#hand.push(...batches);
        this.#portion = 1;
        failed += 1;
        if (failed >= Math.min(MAX_FAILED_CALLS, this.#hand.length)) throw error;
      }
    }
  }

  async #deliver(batches: readonly CounterBatch[]): Promise<void> {
    this.#part = 'sink';
    const totals = await this.#sink.apply(batches);
    this.#part = 'store';
    const settled = batches.map(({ id, number }) => ({ id, number, total: totals.get(id)?.total }));
    await this.#store.settle(settled, this.#options.rule);
  }
}
