import type { MaybePromise } from '@keepsake/core';
import { MemoryLockStore } from '@keepsake/locks';
import { EventLoops, Random } from '@keepsake/tooling/simulation';
import { Contender } from './contender.ts';
import type { LockEvent } from './lock-history.ts';
import { ProcessClock } from './process-clock.ts';
import { RecordingStore } from './recording-store.ts';
import { MemoryRegister, type Register } from './register.ts';
import { breakSomething } from './simulated-faults.ts';
import { SimulatedLine, type SimulatedServer } from './simulated-line.ts';
import type { LockSubject } from './subjects.ts';

const PROCESSES = 3;
const NAMES = ['a', 'b'];
/** Within what a lease allows for: 1 % over its TTL. */
const RATES = [0.994, 1, 1.006];

/** What happened in one random run on virtual time: the same for the same seed. */
export const runSchedule = async (subject: LockSubject, seed: number): Promise<LockEvent[]> => {
  const random = new Random(seed);
  const loops = new EventLoops();
  const ttlMs = random.pick([200, 1_000, 3_000]);
  const truth = new MemoryLockStore({ clock: loops.clockOf(-1) });
  const server: SimulatedServer = { store: subject.serve(truth), frozenUntilMs: 0 };
  const events: LockEvent[] = [];
  const history = { add: (event: LockEvent): void => void events.push(event) };
  const now = (): number => loops.nowMs;
  const clocks = Array.from({ length: PROCESSES }, (_, i) => new ProcessClock(loops, i, random.pick(RATES)));
  const lines = clocks.map(
    (clock, i) =>
      new SimulatedLine({ loops, clock, process: i, server, latencyMs: random.pick([0.1, 1, 10]) }),
  );
  const isFair = random.below(2) === 0;
  const callers = random.pick([1, 1, 2]);
  const locks = lines.map((line, i) =>
    subject.make({
      store: new RecordingStore(line, i, now, history),
      clock: clocks[i] ?? loops.clockOf(i),
      ttlMs,
      waitMs: 4 * ttlMs,
      isFair,
    }),
  );
  const unguarded = new MemoryRegister(false);
  const guarded = delayed(loops, new Random(seed + 1), ttlMs, new MemoryRegister(true));
  let isOver = false;
  const contenders = Array.from({ length: PROCESSES * callers }, (_, i) => {
    const process = i % PROCESSES;
    const [own, clock] = [locks[process], clocks[process]];
    if (!own || !clock) throw new Error(`no process ${process}`);
    return new Contender({
      process,
      locks: own,
      names: NAMES.slice(0, 1 + random.below(NAMES.length)),
      random: new Random(seed * 31 + i),
      now,
      pause: (ms) => new Promise((resolve) => clock.setTimer(resolve, ms)),
      history,
      unguarded,
      guarded,
      ttlMs,
      isOver: () => isOver,
    });
  });
  const ended = Promise.all(contenders.map((contender) => contender.run()));
  const sleeps = random.below(2) === 0;
  for (let faults = random.below(8); faults > 0; faults -= 1) {
    await loops.runUntil(loops.nowMs + random.below(2 * ttlMs));
    breakSomething({ loops, server, clocks, lines, random, ttlMs, sleeps });
  }
  await loops.runUntil(loops.nowMs + 3 * ttlMs);
  isOver = true;
  await quieten(loops, ended);
  // What nobody renews has lapsed by then.
  await loops.runUntil(loops.nowMs + 2 * ttlMs + 100);
  for (const name of NAMES) {
    const { granted } = truth.acquire([name], 'probe', 1);
    const times = { invokeMs: now(), returnMs: now() };
    events.push({ operation: 'probe', process: -1, name, token: 'probe', isFree: granted, ...times });
  }
  await Promise.all([...locks.map((own) => own.close()), loops.runUntil(loops.nowMs + 10_000)]);
  return events;
};

/** A register somewhere else: what is sent to it may take longer than a lease. */
const delayed = (loops: EventLoops, random: Random, ttlMs: number, inner: Register): Register => {
  const later = async <T>(work: () => MaybePromise<T>): Promise<T> => {
    const travel = (): Promise<void> =>
      new Promise((resolve) => {
        loops.at(loops.nowMs + random.pick([0.5, 5, random.below(2 * ttlMs)]), resolve);
      });
    await travel();
    return work();
  };
  return {
    read: (name, fence) => later(() => inner.read(name, fence)),
    write: (name, fence, seen) => later(() => inner.write(name, fence, seen)),
  };
};

/** Lets time pass until the work has ended. @throws where it does not. */
const quieten = async (loops: EventLoops, work: Promise<unknown>): Promise<void> => {
  let isDone = false;
  const done = work.then(() => {
    isDone = true;
  });
  for (let waits = 0; !isDone; waits += 1) {
    if (waits === 500) throw new Error('a call has not ended');
    await loops.runUntil(loops.nowMs + 200);
  }
  await done;
};
