import type { CacheBackend } from '../backend.ts';
import type { Clock } from '../clock.ts';
import { CacheError, type ErrorCode } from '../errors.ts';
import { withTimeout } from './deadline.ts';
import { carryOut, Journal, type Removal } from './journal.ts';
import type { Reporter } from './reporter.ts';

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

/**
 * The way to L2: every call has a deadline, and a failure is an event and the answer `undefined`. While a
 * removal waits in the journal L2 is not read: it could hold what was to be removed.
 */
export class FarTier {
  readonly #backend: CacheBackend;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #reporter: Reporter;
  readonly #journal: Journal;
  #isFailing = false;

  /** `fallbackPattern`: what the journal clears when more removals wait than it can keep. */
  constructor(
    backend: CacheBackend,
    o: { clock: Clock; l2TimeoutMs: number; reporter: Reporter },
    fallbackPattern: string,
  ) {
    this.#backend = backend;
    this.#clock = o.clock;
    this.#timeoutMs = o.l2TimeoutMs;
    this.#reporter = o.reporter;
    this.#journal = new Journal(fallbackPattern, (count) =>
      this.#reporter.emit('invalidation.replayed', {}, { count }),
    );
  }

  /** A call that must not meet, or bring about, what a removal in the journal was to prevent. */
  async read<T>(
    operation: string,
    work: (backend: CacheBackend) => T | Promise<T>,
    timeoutMs: number = this.#timeoutMs,
  ): Promise<T | undefined> {
    if (!(await this.isCaughtUp())) return undefined;
    return this.attempt(operation, work, timeoutMs);
  }

  /** True once nothing waits in the journal. Waits for a replay no longer than for a call; it goes on. */
  async isCaughtUp(): Promise<boolean> {
    if (this.#journal.size === 0) return true;
    const replay = this.#journal.replay(async (removal) => (await this.#remove(removal)) !== undefined);
    try {
      return (await withTimeout(replay, this.#timeoutMs, this.#clock, 'l2 replay')) !== undefined;
    } catch {
      return false; // it takes longer, or failed with an event: this caller goes on without L2
    }
  }

  /** A removal; journalled where L2 does not acknowledge it. */
  async remove(removal: Removal): Promise<{ count: number | undefined } | undefined> {
    const done = await this.#remove(removal);
    if (done) return done;
    this.#journal.add(removal);
    this.#reporter.emit('invalidation.deferred', {}, { waiting: this.#journal.size });
    return undefined;
  }

  /** A call of any kind. Misuse is passed on. */
  async attempt<T>(
    operation: string,
    work: (backend: CacheBackend) => T | Promise<T>,
    timeoutMs: number = this.#timeoutMs,
  ): Promise<T | undefined> {
    try {
      const answer = Promise.resolve(work(this.#backend));
      const value = await withTimeout(answer, timeoutMs, this.#clock, `l2 ${operation}`);
      if (this.#isFailing) {
        this.#isFailing = false;
        this.#reporter.emit('backend.recovered', { tier: 'l2' }, {});
      }
      return value;
    } catch (error) {
      if (error instanceof CacheError && MISUSE.has(error.code)) throw error;
      this.#isFailing = true;
      this.#reporter.backendFailed('l2', operation, error);
      return undefined;
    }
  }

  async #remove(removal: Removal): Promise<{ count: number | undefined } | undefined> {
    // A clear walks many keys, and the backend bounds each of its steps.
    const timeoutMs = removal.kind === 'clear' ? CLEAR_TIMEOUT_MS : this.#timeoutMs;
    return this.attempt(
      'remove',
      async (backend) => ({ count: await carryOut(backend, removal) }),
      timeoutMs,
    );
  }
}
