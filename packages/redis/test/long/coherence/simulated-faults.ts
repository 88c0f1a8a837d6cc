import type { Random } from '@keepsake/tooling/simulation';
import type { SimulatedConnection } from './simulated-server.ts';
import type { SimulatedWorld } from './simulated-world.ts';

/** Longest time that a fault lasts. */
export const LONGEST_FAULT_MS = 1_500;

/** What takes several things at once to do harm comes more often. */
const NAMES = [
  'subscription is cut',
  'commands are cut',
  'store is cut',
  'everything is cut',
  'messages are held',
  'messages are slow, then held',
  'messages are slow, then held',
  'messages are slow, then held',
  'messages are slow',
  'event loop is blocked',
  'server is frozen',
  'data is flushed',
  'server fails over',
] as const;

/** Does one thing that can happen, at a random process. */
export const breakSomething = (world: SimulatedWorld, random: Random): void => {
  const node = random.below(world.lines.length);
  const lines = world.lines[node];
  if (!lines) return;
  const { store, commands, subscriptions } = lines;
  const ms = (most: number): number => random.below(most);
  const cut = (connections: readonly SimulatedConnection[]): void => {
    const [silentMs, lostMs] = [random.pick([0, 0, 20, ms(LONGEST_FAULT_MS / 2)]), ms(LONGEST_FAULT_MS / 2)];
    for (const connection of connections) connection.cut(silentMs, lostMs);
  };
  switch (random.pick(NAMES)) {
    case 'subscription is cut':
      return cut(subscriptions);
    case 'commands are cut':
      return cut([commands]);
    case 'store is cut':
      return cut([store]);
    case 'everything is cut':
      return cut([store, commands, ...subscriptions]);
    case 'messages are held':
      return subscriptions[random.below(subscriptions.length)]?.hold(ms(LONGEST_FAULT_MS));
    case 'messages are slow, then held':
      return slowThenHold(world, subscriptions, ms(450), ms(800));
    case 'messages are slow':
      return slowDown(world, [store, ...subscriptions], ms(400), ms(LONGEST_FAULT_MS));
    case 'event loop is blocked':
      return world.loops.block(node, ms(LONGEST_FAULT_MS));
    case 'server is frozen':
      return world.server.freeze(ms(1_000));
    case 'data is flushed':
      return world.flush();
    case 'server fails over':
      return world.failOver(ms(300));
  }
};

/** What is heard last was published long before. */
const slowThenHold = (
  world: SimulatedWorld,
  connections: readonly SimulatedConnection[],
  lagMs: number,
  forMs: number,
): void => {
  slowDown(world, connections, lagMs, forMs);
  for (const connection of connections) {
    world.loops.at(world.loops.nowMs + forMs, () => connection.hold(LONGEST_FAULT_MS));
  }
};

const slowDown = (
  { loops }: SimulatedWorld,
  connections: readonly SimulatedConnection[],
  lagMs: number,
  forMs: number,
): void => {
  for (const connection of connections) {
    connection.lagMs = lagMs;
    loops.at(loops.nowMs + forMs, () => {
      connection.lagMs = 0;
    });
  }
};
