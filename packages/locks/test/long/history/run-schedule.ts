import { type EventLoops, Random } from '@keepsake/tooling/simulation';
import type { LockEvent } from '@keepsake/tooling/lock-history';
import { breakSomething } from './simulated-faults.ts';
import { SimulatedWorld } from './simulated-world.ts';
import type { LockSubject } from './subjects.ts';

/** What happened in one random run on virtual time: the same for the same seed. */
export const runSchedule = async (subject: LockSubject, seed: number): Promise<LockEvent[]> => {
  const random = new Random(seed);
  const world = new SimulatedWorld(subject, random, seed);
  const { loops, ttlMs } = world;
  const ended = world.contend(random.pick([1, 1, 2]));
  const sleeps = random.below(2) === 0;
  for (let faults = random.below(8); faults > 0; faults -= 1) {
    await loops.runUntil(loops.nowMs + random.below(2 * ttlMs));
    breakSomething(world, random, sleeps);
  }
  await loops.runUntil(loops.nowMs + 3 * ttlMs);
  world.end();
  await quieten(loops, ended);
  // What nobody renews has lapsed by then.
  await loops.runUntil(loops.nowMs + 2 * ttlMs + 100);
  world.probe();
  await world.close();
  return world.events;
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
