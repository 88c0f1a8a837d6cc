/** Several processes want the same locks, while they and the server of the locks are stopped at random. */
import type { Child } from '../children/child.ts';
import type { Random } from '../simulation/random.ts';
import type { ContestEnd } from './contending-process.ts';
import type { LockEvent } from './lock-history.ts';

/** Of a server that can be stopped, and of a way to it that can be broken: what a contest does to them. */
interface StoppableServer {
  pause(): void;
  resume(): void;
}
interface BreakableWay {
  cut(): void;
  halfReply(bytes: number): void;
  delay(ms: number): void;
  blackhole(on: boolean): void;
}

export interface ContestParts {
  /** Of the locks. */
  readonly server: StoppableServer;
  readonly children: readonly Child[];
  /** The ways of the processes to the server; none: they are not broken. */
  readonly proxies: readonly BreakableWay[];
  readonly random: Random;
  readonly ttlMs: number;
  readonly seconds: number;
}

export interface ContestRun {
  readonly events: readonly LockEvent[];
  readonly failures: number;
  readonly faults: ReadonlyMap<string, number>;
}

type Fault = (parts: ContestParts, at: number) => Promise<void>;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const stopProcess: Fault = async ({ children, random, ttlMs }, at) => {
  const child = children[at]?.process;
  child?.kill('SIGSTOP');
  await sleep(random.below(3 * ttlMs));
  child?.kill('SIGCONT');
};

const stopServer: Fault = async ({ server, random, ttlMs }) => {
  server.pause();
  await sleep(random.below(1.5 * ttlMs));
  server.resume();
};

const STOPS: Readonly<Record<string, Fault>> = {
  'process is stopped': stopProcess,
  'server is stopped': stopServer,
};

const BROKEN_WAYS: Readonly<Record<string, Fault>> = {
  'connection is reset': async ({ proxies }, at) => proxies[at]?.cut(),
  'reply is cut': async ({ proxies }, at) => proxies[at]?.halfReply(1),
  'way is slow': async ({ proxies, random, ttlMs }, at) => {
    proxies[at]?.delay(random.below(2 * ttlMs));
    await sleep(random.below(2 * ttlMs));
    proxies[at]?.delay(0);
  },
  'way vanishes': async ({ proxies, random, ttlMs }, at) => {
    proxies[at]?.blackhole(true);
    await sleep(random.below(3 * ttlMs));
    proxies[at]?.cut();
    proxies[at]?.blackhole(false);
  },
};

export const holdContest = async (parts: ContestParts): Promise<ContestRun> => {
  const { children, random, seconds } = parts;
  const events: LockEvent[] = [];
  /** By process: whether it holds a lock at this moment, as far as it has said. */
  const holders = new Set<number>();
  let failures = 0;
  const listen = async (child: Child): Promise<void> => {
    for (;;) {
      const line = JSON.parse(await child.line()) as LockEvent | ContestEnd;
      if (line.operation === 'end') {
        failures += line.failures;
        return;
      }
      events.push(line);
      if (line.operation === 'acquire') holders.add(line.process);
      if (line.operation === 'release') holders.delete(line.process);
    }
  };
  const ended = Promise.all(children.map(listen));
  const faults = new Map<string, number>();
  const kinds = { ...STOPS, ...(parts.proxies.length > 0 && BROKEN_WAYS) };
  const untilMs = performance.now() + seconds * 1_000;
  while (performance.now() < untilMs) {
    await sleep(random.below(parts.ttlMs));
    // As a rule it strikes one who holds a lock.
    const at =
      random.below(4) > 0 && holders.size > 0 ? random.pick([...holders]) : random.below(children.length);
    const name = random.pick(Object.keys(kinds));
    await kinds[name]?.(parts, at);
    faults.set(name, (faults.get(name) ?? 0) + 1);
  }
  for (const child of children) child.process.stdin?.write('stop\n');
  await ended;
  return { events, failures, faults };
};
