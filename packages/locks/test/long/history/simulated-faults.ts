import type { EventLoops, Random } from '@keepsake/tooling/simulation';
import type { SimulatedWorld } from './simulated-world.ts';

const HOUR_MS = 3_600_000;
/** A shorter sleep is not told from a clock that is set. */
const SHORTEST_SLEEP_MS = 1_100;

const NAMES = [
  'event loop is blocked',
  'event loop is blocked',
  'wall clock jumps, or machine sleeps',
  'server is frozen',
  'line is cut',
  'requests are slow',
  'replies are slow',
  'replies are slow',
  'wake-ups are lost',
] as const;

/**
 * Does one thing that can happen, to a random process. A sleep that comes with a wall clock set back by as much cannot
 * be seen: in one schedule machines sleep, in another clocks are set.
 */
export const breakSomething = (world: SimulatedWorld, random: Random, sleeps: boolean): void => {
  const { loops, server, lines, clocks, ttlMs } = world;
  const process = random.below(lines.length);
  const [line, clock] = [lines[process], clocks[process]];
  if (!line || !clock) return;
  const ms = random.below(2 * ttlMs);
  switch (random.pick(NAMES)) {
    case 'event loop is blocked':
      return loops.block(process, ms);
    case 'wall clock jumps, or machine sleeps':
      return sleeps ? clock.sleep(SHORTEST_SLEEP_MS + ms) : clock.stepWall(random.pick([-HOUR_MS, HOUR_MS]));
    case 'server is frozen':
      server.frozenUntilMs = loops.nowMs + ms;
      return;
    case 'line is cut':
      return line.cut(random.pick([0, ms]), random.below(2) === 0);
    case 'requests are slow':
      line.requestLagMs = random.below(1.2 * ttlMs);
      return after(loops, ms, () => (line.requestLagMs = 0));
    case 'replies are slow':
      line.replyLagMs = random.below(1.2 * ttlMs);
      return after(loops, ms, () => (line.replyLagMs = 0));
    case 'wake-ups are lost':
      line.losesWakeUps = true;
      return after(loops, ms, () => (line.losesWakeUps = false));
  }
};

const after = (loops: EventLoops, ms: number, run: () => void): void => void loops.at(loops.nowMs + ms, run);
