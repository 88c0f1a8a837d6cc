/*
 * A course of events: processes count and flush, with calls of store and database that arrive late, answers that are
 * late or never come, and processes that are killed at any moment and replaced. In the end all is flushed, and the
 * database must have each operation once; on the way no total may fall.
 */
import type { CounterStore, FlushRule, MaybePromise, SettledBatch } from '@keepsake/core';
import { createCounters, type Counters, type CounterSink, MemoryCounterStore } from '@keepsake/entities';
import { randomOf } from './random.ts';
import { Table } from './table.ts';
import { VirtualTime } from './virtual-time.ts';

/** Ours, and flushers that are known to be wrong. */
export type CourseSubject = 'ours' | 'settles-first' | 'no-number-check' | 'settles-any';

export const COURSE_MUTANTS: readonly CourseSubject[] = ['settles-first', 'no-number-check', 'settles-any'];

const IDS = ['a', 'b', 'c'];
const PROCESSES = 3;
const STEPS = 60;
const STEP_MS = 40;
const RULE: FlushRule = { every: 4, afterMs: 50 };
const SINK_TIMEOUT_S = 0.1;
/** After twice the timeout a batch is taken over: late calls come after that, too. */
const LATE_MS = 500;

/** What went wrong; nothing where all is well. */
export const runCourse = async (subject: CourseSubject, seed: number): Promise<string[]> => {
  const course = new Course(subject, randomOf(seed));
  await course.play();
  return course.violations;
};

class Course {
  readonly violations: string[] = [];
  readonly #subject: CourseSubject;
  readonly #random: () => number;
  readonly #time = new VirtualTime();
  readonly #truth = new MemoryCounterStore({ clock: this.#time });
  readonly #table = new Table();
  readonly #asked = new Map<string, number>();
  readonly #highest = new Map<string, number>();
  readonly #latest = new Map<string, number>();
  /** One that nothing befalls. */
  readonly #calm: Counters;
  #operations = 0;

  constructor(subject: CourseSubject, random: () => number) {
    this.#subject = subject;
    this.#random = random;
    for (const [at, id] of IDS.entries()) this.#table.rows.set(id, { total: at * 100, number: 0 });
    if (subject === 'no-number-check') withoutNumberCheck(this.#table);
    this.#calm = this.#start(false).counters;
  }

  async play(): Promise<void> {
    const processes = Array.from({ length: PROCESSES }, () => this.#start(true));
    for (let step = 0; step < STEPS; step += 1) {
      const at = Math.floor(this.#random() * PROCESSES);
      if (this.#random() < 0.15) {
        const killed = processes[at];
        if (killed) killed.isAlive = false;
        processes[at] = this.#start(true);
      }
      const process = processes[at];
      for (let count = this.#random() * 6; process && count > 1; count -= 1) void this.#count(process);
      await this.#advance(this.#random() * STEP_MS);
    }
    for (const process of processes) process.isAlive = false;
    await this.#finish();
  }

  /** The calls of all who are gone arrive; the last process flushes what they left. */
  async #finish(): Promise<void> {
    let isFlushed = false;
    await this.#advance(LATE_MS * 4);
    void this.#calm.flush().then(() => (isFlushed = true));
    await this.#advance(LATE_MS);
    await this.#advance(LATE_MS * 4);
    if (!isFlushed) this.violations.push('the last flush did not end');
    for (const [at, id] of IDS.entries()) {
      const expected = at * 100 + (this.#asked.get(id) ?? 0);
      const stored = this.#table.total(id);
      if (stored !== expected) this.violations.push(`${id}: counted ${expected}, the database has ${stored}`);
      const shown = this.#truth.read([id])[0];
      if (shown !== undefined && shown !== expected)
        this.violations.push(`${id}: counted ${expected}, shown ${shown}`);
    }
  }

  /** Asked for again, through whoever lives, until it is known to be counted. */
  async #count(process: Process): Promise<void> {
    const id = IDS[Math.floor(this.#random() * IDS.length)] ?? 'a';
    this.#operations += 1;
    const operation = `operation ${this.#operations}`;
    this.#asked.set(id, (this.#asked.get(id) ?? 0) + 1);
    const counted = process.counters.increment(id, 1, { operation }).then(
      () => true,
      () => false,
    );
    const isCounted = await Promise.race([counted, this.#time.pause(LATE_MS / 2).then(() => false)]);
    if (!isCounted) await this.#calm.increment(id, 1, { operation });
  }

  async #advance(ms: number): Promise<void> {
    await this.#time.advance(ms, () => {
      for (const id of IDS) {
        const total = this.#truth.read([id])[0] ?? 0;
        const highest = this.#highest.get(id) ?? 0;
        if (total < highest) this.violations.push(`${id}: the total fell from ${highest} to ${total}`);
        this.#highest.set(id, Math.max(total, highest));
      }
    });
  }

  #start(isAwkward: boolean): Process {
    const process = { isAlive: true };
    const pass = <T>(work: () => MaybePromise<T>): Promise<T> => this.#pass(process, isAwkward, work);
    const truth = this.#truth;
    const flushed = withMutation(this.#subject, truth, this.#latest);
    const store: CounterStore = {
      name: 'far',
      read: (ids) => pass(() => truth.read(ids)),
      seed: (origins) => pass(() => truth.seed(origins)),
      add: (id, by, rule, operation) => pass(() => truth.add(id, by, rule, operation)),
      take: (options) => pass(() => flushed.take(options)),
      settle: (batches, rule) => pass(() => flushed.settle(batches, rule)),
      close: () => undefined,
    };
    const sink: CounterSink = {
      load: (ids) => pass(() => this.#table.load(ids)),
      apply: (batches) => pass(() => this.#table.apply(batches)),
    };
    const counters = createCounters({
      store,
      sink,
      flushEvery: RULE.every,
      flushInterval: RULE.afterMs / 1_000,
      sinkTimeout: isAwkward ? SINK_TIMEOUT_S : 60,
      clock: this.#time,
      onFailure: () => undefined,
    });
    return Object.assign(process, { counters });
  }

  /** A call of a living process is sent, and arrives whatever becomes of it; a dead one sends and hears nothing. */
  async #pass<T>(process: { isAlive: boolean }, isAwkward: boolean, work: () => MaybePromise<T>): Promise<T> {
    const delayMs = (): number => this.#random() * (isAwkward && this.#random() < 0.1 ? LATE_MS : 10);
    if (!process.isAlive) return new Promise(() => undefined);
    await this.#time.pause(delayMs());
    const answer = await work();
    await this.#time.pause(delayMs());
    if (!process.isAlive) return new Promise(() => undefined);
    if (isAwkward && this.#random() < 0.05) throw new Error('the answer was lost');
    return answer;
  }
}

interface Process {
  isAlive: boolean;
  readonly counters: Counters;
}

const withoutNumberCheck = (table: Table): void => {
  table.apply = async (batches) => {
    for (const { id, number, amount } of batches)
      table.rows.set(id, { total: table.total(id) + amount, number });
    return batches.map(({ id }) => ({ id, total: table.total(id) }));
  };
};

/**
 * `settles-first`: a batch is dropped as it is taken. `settles-any`: what is in flight is dropped, whichever batch it is.
 */
const withMutation = (
  subject: CourseSubject,
  truth: MemoryCounterStore,
  latest: Map<string, number>,
): Pick<CounterStore, 'take' | 'settle'> => ({
  take: (options) => {
    const batches = truth.take(options);
    for (const { id, number } of batches) latest.set(id, number);
    if (subject === 'settles-first') truth.settle(batches, RULE);
    return batches;
  },
  settle: (batches, rule) => {
    const any = ({ id, number }: SettledBatch): SettledBatch => ({ id, number: latest.get(id) ?? number });
    truth.settle(subject === 'settles-any' ? batches.map(any) : batches, rule);
  },
});
