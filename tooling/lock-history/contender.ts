/** A process that takes locks, changes registers under them, and writes down what it did. */
import type { LockEvent, LockHistory } from './lock-history.ts';
import type { Register } from './register.ts';

/** What a contender asks of a lease; other libraries' locks are put into this shape. */
export interface ContendedLease {
  readonly name: string;
  readonly token: string;
  assertHeld(): void;
  release(): Promise<boolean>;
  /** Undefined: the library gives none, and no register can be guarded. */
  readonly fence: number | undefined;
}

/** A source of chance. */
export interface Dice {
  below(n: number): number;
  pick<T>(items: readonly T[]): T;
}

export interface ContendedLocks {
  acquire(name: string): Promise<ContendedLease>;
}

export interface ContenderOptions {
  readonly process: number;
  readonly locks: ContendedLocks;
  readonly names: readonly string[];
  readonly random: Dice;
  /** The clock of the history. */
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
  readonly history: LockHistory;
  /** Reached at once: nothing comes between the check and the write. */
  readonly unguarded: Register;
  /** May be slow: what is written under a lease may arrive when that is over. */
  readonly guarded: Register;
  /** Of the locks. */
  readonly ttlMs: number;
  readonly isOver: () => boolean;
}

type What = Pick<LockEvent, 'operation'> & Record<string, unknown>;

export class Contender {
  readonly #options: ContenderOptions;
  /** How often the lock could not be had. */
  failures = 0;

  constructor(options: ContenderOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { random, pause, ttlMs, isOver } = this.#options;
    while (!isOver()) {
      await this.#contend();
      await pause(random.pick([0, 1, random.below(ttlMs)]));
    }
  }

  async #contend(): Promise<void> {
    const { locks, names, random, now } = this.#options;
    const name = random.pick(names);
    const invokeMs = now();
    let lease: ContendedLease;
    try {
      lease = await locks.acquire(name);
    } catch (error) {
      return this.#onFailure(error);
    }
    this.#add(lease, { operation: 'acquire', fence: lease.fence }, invokeMs);
    try {
      await this.#work(lease);
    } catch (error) {
      if (codeOf(error) !== 'ERR_LOCK_LOST') throw error;
    }
    await this.#release(lease);
  }

  async #work(lease: ContendedLease): Promise<void> {
    const { random } = this.#options;
    for (let steps = 1 + random.below(3); steps > 0; steps -= 1) {
      await (lease.fence === undefined || random.below(2) === 0
        ? this.#change(lease)
        : this.#changeGuarded(lease));
    }
  }

  async #change(lease: ContendedLease): Promise<void> {
    const { unguarded, now } = this.#options;
    this.#check(lease);
    const seen = await unguarded.read(lease.name, lease.fence);
    await this.#think();
    this.#check(lease);
    const invokeMs = now();
    const found = await unguarded.write(lease.name, lease.fence, seen ?? NaN);
    this.#add(lease, { operation: 'write', isGuarded: false, seen, found }, invokeMs);
  }

  async #changeGuarded(lease: ContendedLease): Promise<void> {
    const { guarded, now } = this.#options;
    const seen = await guarded.read(lease.name, lease.fence);
    if (seen === undefined) return;
    await this.#think();
    this.#check(lease);
    const invokeMs = now();
    const found = await guarded.write(lease.name, lease.fence, seen);
    if (found === undefined) return;
    this.#add(lease, { operation: 'write', isGuarded: true, seen, found }, invokeMs);
  }

  async #think(): Promise<void> {
    const { random, pause, ttlMs } = this.#options;
    await pause(random.pick([0, random.below(20), random.below(ttlMs), random.below(2 * ttlMs)]));
  }

  /** Right before it was called, and right after it passed. */
  #check(lease: ContendedLease): void {
    const invokeMs = this.#options.now();
    lease.assertHeld();
    this.#add(lease, { operation: 'check' }, invokeMs);
  }

  async #release(lease: ContendedLease): Promise<void> {
    const invokeMs = this.#options.now();
    let outcome: 'freed' | 'lost' | 'unknown' = 'freed';
    try {
      if (!(await lease.release())) outcome = 'lost';
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
      outcome = codeOf(error) === 'ERR_LOCK_LOST' ? 'lost' : 'unknown';
    }
    this.#add(lease, { operation: 'release', outcome }, invokeMs);
  }

  #onFailure(error: unknown): void {
    if (codeOf(error) === undefined) throw error;
    this.failures += 1;
  }

  #add({ name, token }: ContendedLease, what: What, invokeMs: number): void {
    const { process, now, history } = this.#options;
    // Each call names the fields of its operation.
    history.add({ process, name, token, invokeMs, returnMs: now(), ...what } as LockEvent);
  }
}

const TOLD = /^ERR_(LOCK_|UNAVAILABLE$|TIMEOUT$|CLOSED$)/;

/** Of a failure that a lock library tells on purpose; undefined: something is broken. */
const codeOf = (error: unknown): string | undefined => {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && TOLD.test(code) ? code : undefined;
};
