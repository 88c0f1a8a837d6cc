import type { BackendFence, CacheBackend } from '../backend.ts';
import type { Clock } from '../clock.ts';
import type { Removal } from '../removal.ts';
import { CacheError, type ErrorCode } from '../errors.ts';
import { Breaker } from './breaker.ts';
import { carryOut, Journal } from './journal.ts';
import type { Reporter } from './reporter.ts';
import { within } from './within.ts';

/** Misuse that only the backend can see (a pattern, a value it cannot encode) is the caller's to know. */
const MISUSE: ReadonlySet<ErrorCode> = new Set([
  'ERR_SERIALIZE',
  'ERR_PATTERN',
  'ERR_KEY',
  'ERR_TAG',
  'ERR_CLOSED',
]);

/** What a clear may take in all. */
const CLEAR_TIMEOUT_MS = 60_000;

interface FarTierOptions {
  readonly clock: Clock;
  readonly l2TimeoutMs: number;
  readonly reporter: Reporter;
  /**
   * Tells the other processes of a removal that L2 has carried out late. What they were told at first they may have
   * undone: L2 still had the entry, and they copied it again.
   */
  readonly tellLate: (removal: Removal) => Promise<unknown>;
}

/**
 * The way to L2: every call has a deadline, and a failure is an event and the answer `undefined`. While a
 * removal waits in the journal L2 is not read: it could hold what was to be removed.
 */
export class FarTier {
  readonly #backend: CacheBackend;
  readonly #o: FarTierOptions;
  readonly #journal: Journal;
  readonly #breaker: Breaker;
  #isFailing = false;

  /** `fallbackPattern`: what the journal clears when more removals wait than it can keep. */
  constructor(backend: CacheBackend, options: FarTierOptions, fallbackPattern: string) {
    const { reporter, clock } = options;
    this.#backend = backend;
    this.#o = options;
    this.#journal = new Journal(fallbackPattern, reporter);
    this.#breaker = new Breaker(clock, (state) =>
      reporter.tell('breaker.changed', { tier: 'l2' }, { state }),
    );
  }

  /** The backend says of its own accord that it can be reached again: what waits need not wait for a read. */
  recovered(): void {
    this.#isFailing = false; // it is told once, by whoever notices first
    this.#breaker.succeeded();
    void this.isCaughtUp();
  }

  /** A last attempt at what waits in the journal, which is lost with the process. */
  async close(): Promise<void> {
    await this.isCaughtUp();
  }

  /** A call that must not meet, or bring about, what a removal in the journal was to prevent. */
  read<T>(
    operation: string,
    work: (backend: CacheBackend) => T | Promise<T>,
    timeoutMs: number = this.#o.l2TimeoutMs,
    onLate?: (answer: T) => unknown,
  ): Promise<T | undefined> {
    // Nearly always nothing waits, and then nothing is waited for.
    if (this.#journal.size === 0) return this.attempt(operation, work, timeoutMs, onLate);
    return this.isCaughtUp().then((isCaughtUp) =>
      isCaughtUp ? this.attempt(operation, work, timeoutMs, onLate) : undefined,
    );
  }

  /**
   * A read that may be given fences. Those that come after its deadline have nobody to use them, and are given back: a
   * backend may keep a fence alive for as long as a load may take, and everybody else would wait for it.
   */
  readFenced<T>(
    operation: string,
    work: (backend: CacheBackend) => T | Promise<T>,
    fencesOf: (answer: T) => readonly BackendFence[],
  ): Promise<T | undefined> {
    return this.read(operation, work, this.#o.l2TimeoutMs, (late) => {
      const unused = fencesOf(late);
      return unused.length > 0 ? this.#backend.release(unused) : undefined;
    });
  }

  /** True once nothing waits in the journal. Waits for a replay no longer than for a call; it goes on. */
  async isCaughtUp(): Promise<boolean> {
    if (this.#journal.size === 0) return true;
    const replay = this.#journal.replay((removal) => this.#removeLate(removal));
    try {
      return await this.#inTime(replay, 'replay', this.#o.l2TimeoutMs);
    } catch {
      return false; // it takes longer, or failed with an event: this caller goes on without L2
    }
  }

  /** A removal; journalled where it is not acknowledged. */
  async remove(removal: Removal): Promise<{ count: number | undefined } | undefined> {
    const done = await this.#remove(removal);
    if (!done) this.#journal.add(removal);
    // The store answers again: a process that only removes would never read, and so never replay.
    else void this.isCaughtUp();
    return done;
  }

  /** A call of any kind. Misuse is passed on. `onLate`: for an answer that nobody waits for any more. */
  async attempt<T>(
    operation: string,
    work: (backend: CacheBackend) => T | Promise<T>,
    timeoutMs: number = this.#o.l2TimeoutMs,
    onLate?: (answer: T) => unknown,
  ): Promise<T | undefined> {
    const { reporter } = this.#o;
    if (!this.#breaker.allows()) return undefined;
    let pending: Promise<T> | undefined;
    try {
      pending = Promise.resolve(work(this.#backend));
      const value = await this.#inTime(pending, operation, timeoutMs);
      this.#breaker.succeeded();
      if (this.#isFailing) {
        this.#isFailing = false;
        reporter.tell('backend.recovered', { tier: 'l2' }, {});
      }
      return value;
    } catch (error) {
      // Where no answer comes either, there is nothing to give back; what cannot be given back ends by itself.
      if (onLate) pending?.then(onLate).catch(() => undefined);
      const code = error instanceof CacheError ? error.code : undefined;
      if (code && MISUSE.has(code)) {
        this.#breaker.succeeded(); // it has answered
        throw error;
      }
      this.#breaker.failed(code === 'ERR_TIMEOUT');
      this.#isFailing = true;
      reporter.backendFailed('l2', operation, error);
      return undefined;
    }
  }

  #remove(removal: Removal): Promise<{ count: number | undefined } | undefined> {
    // A clear walks many keys, and the backend bounds each of its steps.
    const timeoutMs = removal.kind === 'clear' ? CLEAR_TIMEOUT_MS : this.#o.l2TimeoutMs;
    return this.attempt('remove', async (b) => ({ count: await carryOut(b, removal) }), timeoutMs);
  }

  async #removeLate(removal: Removal): Promise<boolean> {
    if (!(await this.#remove(removal))) return false;
    await this.#o.tellLate(removal);
    return true;
  }

  #inTime<T>(work: Promise<T>, operation: string, timeoutMs: number): Promise<T> {
    return within(work, this.#o.clock, timeoutMs, `l2 ${operation}`);
  }
}
