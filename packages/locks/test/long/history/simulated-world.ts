import type { MaybePromise } from '@keepsake/core';
import { type Locks, MemoryLockStore } from '@keepsake/locks';
import { EventLoops, Random } from '@keepsake/tooling/simulation';
import { Contender, type LockEvent, MemoryRegister, type Register } from '@keepsake/tooling/lock-history';
import { ProcessClock } from './process-clock.ts';
import { RecordingStore } from './recording-store.ts';
import { SimulatedLine, type SimulatedServer } from './simulated-line.ts';
import type { LockSubject } from './subjects.ts';

const PROCESSES = 3;
const NAMES = ['a', 'b'];
/** Within what a lease allows for: 1 % over its TTL. */
const RATES = [0.994, 1, 1.006];

/** Three processes, the server of their locks, and what they protect, on virtual time. */
export class SimulatedWorld {
  readonly loops: EventLoops = new EventLoops();
  readonly events: LockEvent[] = [];
  readonly ttlMs: number;
  readonly server: SimulatedServer;
  readonly clocks: readonly ProcessClock[];
  readonly lines: readonly SimulatedLine[];
  readonly #locks: readonly Locks[];
  readonly #truth: MemoryLockStore;
  readonly #unguarded: Register = new MemoryRegister(false);
  readonly #guarded: Register;
  readonly #random: Random;
  readonly #seed: number;
  #isOver = false;

  constructor(subject: LockSubject, random: Random, seed: number) {
    const { loops } = this;
    this.#random = random;
    this.#seed = seed;
    this.ttlMs = random.pick([200, 1_000, 3_000]);
    this.#truth = new MemoryLockStore({ clock: loops.clockOf(-1) });
    const server = { store: subject.serve(this.#truth), frozenUntilMs: 0 };
    this.server = server;
    this.clocks = Array.from({ length: PROCESSES }, (_, i) => new ProcessClock(loops, i, random.pick(RATES)));
    this.lines = this.clocks.map((clock, i) => {
      const latencyMs = random.pick([0.1, 1, 10]);
      return new SimulatedLine({ loops, clock, process: i, server, latencyMs });
    });
    this.#guarded = delayed(loops, new Random(seed + 1), this.ttlMs, new MemoryRegister(true));
    const isFair = random.below(2) === 0;
    this.#locks = this.lines.map((line, i) =>
      subject.make({
        store: new RecordingStore(line, i, this.#now, this.#history),
        clock: this.clocks[i] ?? loops.clockOf(i),
        ttlMs: this.ttlMs,
        waitMs: 4 * this.ttlMs,
        isFair,
      }),
    );
  }

  /** Contenders in each process, until `end` is called. */
  contend(callers: number): Promise<unknown> {
    const contenders = this.#locks.flatMap((locks, process) =>
      Array.from({ length: callers }, (_, caller) => this.#contender(locks, process, caller)),
    );
    return Promise.all(contenders.map((contender) => contender.run()));
  }

  end(): void {
    this.#isOver = true;
  }

  /** Writes down whether each lock can be had. */
  probe(): void {
    for (const name of NAMES) {
      const { granted } = this.#truth.acquire([name], 'probe', 1);
      const times = { invokeMs: this.loops.nowMs, returnMs: this.loops.nowMs };
      this.events.push({ operation: 'probe', process: -1, name, token: 'probe', isFree: granted, ...times });
    }
  }

  async close(): Promise<void> {
    const { loops } = this;
    await Promise.all([...this.#locks.map((locks) => locks.close()), loops.runUntil(loops.nowMs + 10_000)]);
  }

  readonly #now = (): number => this.loops.nowMs;

  readonly #history = { add: (event: LockEvent): void => void this.events.push(event) };

  #contender(locks: Locks, process: number, caller: number): Contender {
    const clock = this.clocks[process] ?? this.loops.clockOf(process);
    return new Contender({
      process,
      locks,
      names: NAMES.slice(0, 1 + this.#random.below(NAMES.length)),
      random: new Random(this.#seed * 31 + process + caller * PROCESSES),
      now: this.#now,
      pause: (ms) => new Promise((resolve) => void clock.setTimer(resolve, ms)),
      history: this.#history,
      unguarded: this.#unguarded,
      guarded: this.#guarded,
      ttlMs: this.ttlMs,
      isOver: () => this.#isOver,
    });
  }
}

/** A register somewhere else: what is sent to it may take longer than a lease. */
const delayed = (loops: EventLoops, random: Random, ttlMs: number, inner: Register): Register => {
  const later = async <T>(work: () => MaybePromise<T>): Promise<T> => {
    const travelMs = random.pick([0.5, 5, random.below(2 * ttlMs)]);
    await new Promise<void>((resolve) => void loops.at(loops.nowMs + travelMs, resolve));
    return work();
  };
  return {
    read: (name, fence) => later(() => inner.read(name, fence)),
    write: (name, fence, seen) => later(() => inner.write(name, fence, seen)),
  };
};
