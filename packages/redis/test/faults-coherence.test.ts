/** Rows of the fault matrix in which what one process changes could stay unheard by another. */
import { startRedis, type RedisServer } from '@keepsake/tooling/servers';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually, sleep } from './harness.ts';
import { Random } from '@keepsake/tooling/simulation';
import type { CacheNode, Versioned } from './long/coherence/cache-node.ts';
import { checkHistory, type Verdict } from './long/coherence/check-history.ts';
import type { HistoryRecord } from './long/coherence/history.ts';
import { type RealNode, startRealNode } from './long/coherence/real-nodes.ts';
import { SimulatedWorld } from './long/coherence/simulated-world.ts';
import { subjectNamed } from './long/coherence/subjects.ts';

const STALENESS_MS = 500;
const TTL_MS = 600_000;
const KEY = 'k';

interface RealPair {
  readonly server: RedisServer;
  readonly admin: Redis;
  readonly one: RealNode;
  readonly other: RealNode;
}

const open: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** Two caches that have heard each other, with version 0 of the key in the memory of both. */
const startPair = async (subject = 'ours'): Promise<RealPair> => {
  const server = await startRedis();
  open.push(() => server.stop());
  const admin = new Redis(server.url);
  open.push(() => admin.disconnect());
  const start = async (): Promise<RealNode> => {
    const options = {
      make: subjectNamed(subject),
      stalenessMs: STALENESS_MS,
      ttlMs: TTL_MS,
      hasOneWay: false,
    };
    const node = await startRealNode(server, options);
    open.push(() => node.close());
    return node;
  };
  const [one, other] = [await start(), await start()];
  await eventually(() => one.cache.set(KEY, { version: 0 }));
  await eventually(() => answersFromMemory(one.cache));
  await eventually(() => answersFromMemory(other.cache));
  return { server, admin, one, other };
};

const answersFromMemory = async (cache: CacheNode): Promise<boolean> => {
  const before = (await cache.stats()).l1Hits;
  return (await cache.get(KEY)) !== undefined && (await cache.stats()).l1Hits > before;
};

/** Reads all the time; gives what was read once it is ended. */
const startReading = ({ cache }: RealNode): { end(): Promise<HistoryRecord[]> } => {
  const records: HistoryRecord[] = [];
  let isOver = false;
  const read = async (): Promise<void> => {
    while (!isOver) {
      const startMs = performance.now();
      const version = (await cache.get<Versioned>(KEY))?.version;
      const endMs = performance.now();
      const found = version === undefined ? {} : { version };
      records.push({ op: 'read', kind: 'get', key: KEY, node: 1, startMs, endMs, ...found });
      await sleep(2);
    }
  };
  const reading = read();
  return {
    end: async () => {
      isOver = true;
      await reading;
      return records;
    },
  };
};

/** Version 1, once it is acknowledged. */
const writeNext = async ({ cache }: RealNode): Promise<HistoryRecord> => {
  const startMs = performance.now();
  expect(await cache.set(KEY, { version: 1 })).toBe(true);
  return { op: 'write', kind: 'set', key: KEY, node: 0, version: 1, startMs, ackMs: performance.now() };
};

/** What the other reads while one writes a new version, judged. */
const readWhileOneWrites = async (pair: RealPair): Promise<Verdict & { last: number | undefined }> => {
  const reading = startReading(pair.other);
  const write = await writeNext(pair.one);
  await sleep(STALENESS_MS * 2);
  const reads = await reading.end();
  return { ...checkHistory([write, ...reads], STALENESS_MS), last: reads.at(-1)?.version };
};

/** Nothing beyond the bound, and the new version in the end. */
const expectBound = async (pair: RealPair): Promise<void> => {
  expect(await readWhileOneWrites(pair)).toMatchObject({ violations: [], last: 1 });
};

/** What one message needs is more than a subscriber may have waiting: the server ends its connection. */
const kickSubscribers = async ({ admin }: RealPair): Promise<void> => {
  await admin.config('SET', 'client-output-buffer-limit', 'pubsub 65536 0 0');
  const channels = (await admin.pubsub('CHANNELS', 'coherence:~bus*')) as string[];
  for (const channel of channels) await admin.publish(channel, Buffer.alloc(1_000_000, 'x'));
  await eventually(async () => !/limit_disconnections:0\r/.test(await admin.info('stats')));
};

describe('fault-17: only the bus is lost or frozen', { timeout: 60_000 }, () => {
  it('frozen: L1 is bypassed after the bound, and used again once the bus is heard', async () => {
    const pair = await startPair();
    pair.other.bus.blackhole(true);
    await expectBound(pair);
    expect(await answersFromMemory(pair.other.cache)).toBe(false);
    pair.other.bus.cut();
    pair.other.bus.blackhole(false);
    await eventually(() => answersFromMemory(pair.other.cache));
    expect(await pair.other.cache.get(KEY)).toEqual({ version: 1 });
  });

  it('frozen, where nobody notices: the old value is served on and on', async () => {
    const pair = await startPair('naive');
    pair.other.bus.blackhole(true);
    const { violations, last } = await readWhileOneWrites(pair);
    expect(violations.length).toBeGreaterThan(0);
    expect(last).toBe(0);
  });

  it('lost again and again while the other process writes', async () => {
    const pair = await startPair();
    pair.other.bus.cut();
    const cutting = setInterval(() => pair.other.bus.cut(), 20);
    open.push(() => clearInterval(cutting));
    await expectBound(pair);
    clearInterval(cutting);
    await eventually(() => answersFromMemory(pair.other.cache));
    expect(await pair.other.cache.get(KEY)).toEqual({ version: 1 });
  });

  it('slower than the bound: what comes back late proves nothing', async () => {
    const pair = await startPair();
    pair.other.bus.delay(STALENESS_MS * 3);
    await sleep(STALENESS_MS);
    await expectBound(pair);
    expect(await answersFromMemory(pair.other.cache)).toBe(false);
  });

  it('frozen at the writer: nothing is acknowledged until the others can be told', async () => {
    const { one, other } = await startPair();
    one.bus.blackhole(true);
    expect(await one.cache.delete(KEY)).toMatchObject({ acknowledged: false });
    one.bus.cut();
    one.bus.blackhole(false);
    await eventually(async () => (await other.cache.get(KEY)) === undefined);
    await eventually(async () => (await one.cache.delete(KEY)).acknowledged);
  });
});

describe('fault-9: a subscriber that is kicked for being slow', { timeout: 60_000 }, () => {
  it('serves nothing of what it may have missed', async () => {
    const pair = await startPair();
    await kickSubscribers(pair);
    await expectBound(pair);
    await eventually(() => answersFromMemory(pair.other.cache));
    expect(await pair.other.cache.get(KEY)).toEqual({ version: 1 });
  });

  it('serves the old value on and on, where the loss is not noticed', async () => {
    const pair = await startPair('naive');
    await kickSubscribers(pair);
    const { violations, last } = await readWhileOneWrites(pair);
    expect(violations.length).toBeGreaterThan(0);
    expect(last).toBe(0);
  });
});

describe('fault-19: FLUSHALL', { timeout: 60_000 }, () => {
  it('what lay in L1 is not served any more after the bound, and what comes then is', async () => {
    const { admin, one, other } = await startPair();
    const readings = [one, other].map(startReading);
    await admin.flushall();
    const flushedAt = performance.now();
    await sleep(STALENESS_MS * 2);
    const late = (await Promise.all(readings.map((reading) => reading.end())))
      .flat()
      .filter(({ startMs }) => startMs > flushedAt + STALENESS_MS);
    expect(late.length).toBeGreaterThan(10);
    expect(late.filter((read) => read.version !== undefined)).toEqual([]);
    await writeNext(one);
    await eventually(() => answersFromMemory(other.cache));
  });
});

/** Two processes on virtual time, `ours` or `naive`. */
const simulatedPair = (subject: string): SimulatedWorld =>
  new SimulatedWorld({
    make: subjectNamed(subject),
    random: new Random(1),
    nodes: 2,
    stalenessMs: STALENESS_MS,
    ttlMs: TTL_MS,
    latencyMs: 1,
    announces: true,
    hasBus: true,
  });

const nodeOf = ({ nodes }: SimulatedWorld, node: number): CacheNode => {
  const cache = nodes[node];
  if (!cache) throw new Error(`no node ${node}`);
  return cache;
};

/** Fills, while a removal elsewhere comes `atMs` after they began: what is left of the old value when all is over. */
const fillAgainstRemoval = async (subject: string, atMs: number): Promise<boolean> => {
  const world = simulatedPair(subject);
  const { loops } = world;
  const [filler, remover] = [nodeOf(world, 0), nodeOf(world, 1)];
  let source = 0;
  await loops.runUntil(100);
  const load = async (): Promise<Versioned> => {
    const version = source;
    await new Promise<void>((resolve) => loops.clockOf(0).setTimer(resolve, 10));
    return { version };
  };
  const filling = filler.getOrSet(KEY, load);
  await loops.runUntil(100 + atMs);
  source = 1;
  const removing = remover.delete(KEY);
  await loops.runUntil(1_000);
  await filling;
  expect(await removing).toMatchObject({ acknowledged: true });
  const finding = [filler, remover].map((cache) => cache.get<Versioned>(KEY));
  await loops.runUntil(2_000);
  const found = await Promise.all(finding);
  await world.close();
  return found.some((value) => value?.version === 0);
};

const MOMENTS_MS = Array.from({ length: 100 }, (_, i) => i * 0.2);

describe('fault-20: a fill against an invalidation', { timeout: 60_000 }, () => {
  it('at no moment of it an old value is stored, in L1 or in L2', async () => {
    const isOld = await Promise.all(MOMENTS_MS.map((atMs) => fillAgainstRemoval('ours', atMs)));
    expect(MOMENTS_MS.filter((_, i) => isOld[i])).toEqual([]);
  });

  it('at some it is, where fills are not fenced', async () => {
    const isOld = await Promise.all(MOMENTS_MS.map((atMs) => fillAgainstRemoval('naive', atMs)));
    expect(isOld).toContain(true);
  });
});

/** What a process reads first after its event loop was blocked for 2 s, while another wrote `atMs` into that. */
const readAfterBlock = async (subject: string, atMs: number): Promise<number | undefined> => {
  const world = simulatedPair(subject);
  const { loops } = world;
  const [blocked, writer] = [nodeOf(world, 0), nodeOf(world, 1)];
  await loops.runUntil(100);
  const setting = blocked.set(KEY, { version: 0 });
  await loops.runUntil(200);
  expect(await setting).toBe(true);
  let reading: Promise<Versioned | undefined> | undefined;
  // Due while it is blocked, so it comes before anything that the network has brought.
  loops.clockOf(0).setTimer(() => {
    reading = blocked.get<Versioned>(KEY);
  }, 50);
  loops.block(0, 2_000);
  await loops.runUntil(200 + atMs);
  const writing = writer.set(KEY, { version: 1 });
  await loops.runUntil(200 + atMs + 20);
  expect(await writing).toBe(true);
  await loops.runUntil(4_000);
  const found = await reading;
  await world.close();
  return found?.version;
};

describe('fault-21: an event loop that was blocked for 2 s', { timeout: 60_000 }, () => {
  const moments = [1, 100, 500, 1_000, 1_400];

  it('serves nothing from memory that it has not heard of', async () => {
    const read = await Promise.all(moments.map((atMs) => readAfterBlock('ours', atMs)));
    expect(read).toEqual(moments.map(() => 1));
  });

  it('would, without a lease that is checked at each read', async () => {
    const read = await Promise.all(moments.map((atMs) => readAfterBlock('naive', atMs)));
    expect(read).toContain(0);
  });
});
