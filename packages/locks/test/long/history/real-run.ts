import { setTimeout as sleep } from 'node:timers/promises';
import { bundle } from '@keepsake/tooling/children';
import { startFaultProxy, startRedis } from '@keepsake/tooling/servers';
import { Random } from '@keepsake/tooling/simulation';
import { RedisLockStore } from '../../../src/redis.ts';
import {
  checkLockHistory,
  type ContestRules,
  type ContestRun,
  holdContest,
  type LockEvent,
  type LockVerdict,
  machineNow,
} from '@keepsake/tooling/lock-history';

export interface RealOptions {
  readonly subject: string;
  readonly seed: number;
  readonly seconds: number;
  readonly processes: number;
}

export interface RealRun extends LockVerdict {
  readonly failures: number;
  readonly faults: ReadonlyMap<string, number>;
}

const NAMES = ['a', 'b'];
const TTL_MS = 500;
const WAIT_MS = 4_000;

/** Processes on one real server, each through a proxy of its own, while everything is stopped and broken at random. */
export const runForReal = async (options: RealOptions): Promise<RealRun> => {
  const { subject, seed, seconds, processes } = options;
  await using server = await startRedis();
  await using database = await startRedis();
  const program = await bundle(new URL('./children/contender.ts', import.meta.url));
  const proxies = await Promise.all(Array.from({ length: processes }, () => startFaultProxy(server.port)));
  try {
    const children = proxies.map(({ url }, at) => {
      const rules: ContestRules = {
        subject,
        url,
        databaseUrl: database.url,
        process: at,
        seed: seed * 31 + at,
        names: NAMES,
        ttlMs: TTL_MS,
        waitMs: WAIT_MS,
      };
      return program.start(JSON.stringify(rules));
    });
    const random = new Random(seed);
    const run = await holdContest({ server, children, proxies, random, ttlMs: TTL_MS, seconds });
    return await judge(run, server.url);
  } finally {
    await program.close();
    await Promise.all(proxies.map((proxy) => proxy.close()));
  }
};

const judge = async ({ events, failures, faults }: ContestRun, url: string): Promise<RealRun> => {
  const store = new RedisLockStore({ url });
  try {
    // What nobody renews has lapsed by then.
    await sleep(2 * TTL_MS);
    const probes: LockEvent[] = [];
    for (const name of NAMES) {
      const { granted } = await store.acquire([name], 'probe', 1_000);
      const times = { invokeMs: machineNow(), returnMs: machineNow() };
      probes.push({ operation: 'probe', process: -1, name, token: 'probe', isFree: granted, ...times });
    }
    // A process may be stopped between its check and the write: that one is what fences are for.
    return { ...checkLockHistory([...events, ...probes], { judgesUnguarded: false }), failures, faults };
  } finally {
    await store.close();
  }
};
