import { Random } from '@keepsake/tooling/simulation';
import type { MakeNode } from './cache-node.ts';
import type { HistoryRecord } from './history.ts';
import { breakSomething, LONGEST_FAULT_MS } from './simulated-faults.ts';
import { SimulatedWorld } from './simulated-world.ts';
import { Traffic } from './traffic.ts';

export const SIMULATED_STALENESS_MS = 500;
const TTL_MS = 60_000;
/** After it no process leaves the store or the bus alone any more. */
const RECOVERY_MS = 1_500;

/** What happened in one random run: the same for the same seed. */
export const runSchedule = async (make: MakeNode, seed: number): Promise<HistoryRecord[]> => {
  const random = new Random(seed);
  const world = new SimulatedWorld({
    make,
    random,
    nodes: 3,
    stalenessMs: SIMULATED_STALENESS_MS,
    ttlMs: TTL_MS,
    latencyMs: random.pick([0.2, 2, 20]),
    announces: random.below(2) === 0,
    hasBus: true,
  });
  const { loops } = world;
  const records: HistoryRecord[] = [];
  const loadMs = random.pick([1, 30, 300]);
  const traffic = new Traffic({
    nodes: world.nodes,
    clocks: world.nodes.map((_, node) => loops.clockOf(node)),
    random,
    keys: ['a', 'b'],
    history: { add: (record) => void records.push(record) },
    readers: 1,
    readGapMs: random.pick([20, 60]),
    writeGapMs: random.pick([100, 400]),
    loadMs: () => loadMs,
  });
  await loops.runUntil(50);
  const ended = traffic.run();
  for (let faults = random.below(8); faults > 0; faults -= 1) {
    await loops.runUntil(loops.nowMs + random.below(700));
    breakSomething(world, random);
  }
  await loops.runUntil(loops.nowMs + 600);
  traffic.end();
  await quieten(loops, ended, LONGEST_FAULT_MS * 2);
  await quieten(loops, traffic.readAll(false), RECOVERY_MS);
  await quieten(loops, traffic.readAll(false), SIMULATED_STALENESS_MS + 100);
  await quieten(loops, traffic.readAll(true), RECOVERY_MS);
  await world.close();
  return records;
};

/** Lets time pass until the work has ended, and at least so long. @throws where it does not end. */
const quieten = async (
  loops: SimulatedWorld['loops'],
  work: Promise<unknown>,
  atLeastMs: number,
): Promise<void> => {
  let isOver = false;
  const over = work.then(() => {
    isOver = true;
  });
  await loops.runUntil(loops.nowMs + atLeastMs);
  for (let waits = 0; !isOver; waits += 1) {
    if (waits === 100) throw new Error('a call has not ended');
    await loops.runUntil(loops.nowMs + 500);
  }
  await over;
};
