import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { bundle, type Child } from '@keepsake/tooling/children';
import { testRedisUrl } from '@keepsake/tooling/servers';
import type { Behaviour, Report } from './children/server.ts';
import { type Received, send, type Send } from './client.ts';
import type { Adapter } from './subjects.ts';

/** A real process with a service behind a cache. */
export interface Member {
  readonly adapter: Adapter;
  /** `wait`, `fail` and so on are for the handler, should this request come to it. */
  get(path: string, behaviour?: Behaviour, init?: Send): Promise<Received>;
  /** Once its handler has run for a path as often as that. */
  isRunning(path: string, times?: number): Promise<void>;
  /** Lets go of handlers that wait. */
  go(): void;
  /** Ends, stops and continues as a signal does. */
  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  readonly ended: Promise<number | null>;
}

/** Processes that serve the same over one Redis. */
export interface Fleet extends AsyncDisposable {
  readonly members: readonly [Member, ...Member[]];
  /** All but the first. */
  readonly others: readonly Member[];
  /** How often the handlers of all have run for a path; a process that is stopped cannot say so. */
  runs(path: string): Promise<number>;
}

/** Starts one process an adapter; `'apart'`: each with data of its own, as a check of what the tests can see. */
export const startFleet = async (
  adapters: readonly Adapter[],
  data: 'shared' | 'apart' = 'shared',
): Promise<Fleet> => {
  const program = await bundle(new URL('./children/server.ts', import.meta.url));
  const shared = `http-fleet-${randomUUID()}:`;
  const prefixOf = (): string => (data === 'shared' ? shared : `http-fleet-${randomUUID()}:`);
  const starting = adapters.map((adapter) =>
    listenTo(adapter, program.start(testRedisUrl(), prefixOf(), adapter)),
  );
  const crew = await Promise.all(starting).catch(async (error: unknown) => {
    await program.close();
    throw error;
  });
  const [first, ...others] = crew;
  if (!first) throw new Error('a fleet has a first process');
  return {
    members: [first, ...others],
    others,
    runs: async (path) => {
      await Promise.all(crew.map((member) => member.flush()));
      return crew.reduce((sum, { ran }) => sum + (ran.get(path) ?? 0), 0);
    },
    [Symbol.asyncDispose]: () => program.close(),
  };
};

interface Heard extends Member {
  /** Runs of the handler by path. */
  readonly ran: ReadonlyMap<string, number>;
  /** Until all that the process has said so far is heard. */
  flush(): Promise<unknown>;
}

/** Hears all that a process says, from `ready` on. */
const listenTo = async (adapter: Adapter, child: Child): Promise<Heard> => {
  const ready = JSON.parse(await child.line()) as Report;
  if (ready.is !== 'ready') throw new Error(`${adapter} said ${ready.is} first`);
  const ran = new Map<string, number>();
  const heard = new EventTarget();
  let isGone = false;
  const hear = async (): Promise<never> => {
    for (;;) {
      const report = JSON.parse(await child.line()) as Report;
      if (report.is === 'running') ran.set(report.url, (ran.get(report.url) ?? 0) + 1);
      heard.dispatchEvent(new Event(report.is));
    }
  };
  // Its end: nothing more is to be heard.
  hear().catch(() => {
    isGone = true;
    heard.dispatchEvent(new Event('pong'));
  });
  return {
    adapter,
    ran,
    ended: child.ended,
    get: (path, behaviour = 'make', init = {}) =>
      send(ready.port, path, {
        ...init,
        headers: { Host: 'a.example', 'X-Handler': behaviour, ...init.headers },
      }),
    isRunning: async (path, times = 1) => {
      while ((ran.get(path) ?? 0) < times) await once(heard, 'running');
    },
    go: () => void child.process.stdin?.write('go\n'),
    signal: (name) => void child.process.kill(name),
    flush: async () => {
      if (isGone) return;
      const pong = once(heard, 'pong');
      child.process.stdin?.write('ping\n');
      await pong;
    },
  };
};
