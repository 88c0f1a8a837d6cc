/**
 * The races between two processes on a real server. The reader is connected through a proxy, which loses what is
 * told to it; the writer is not.
 */
import { Redis } from 'ioredis';
import { type FaultProxy, startFaultProxy } from '../../tooling/servers/fault-proxy.ts';
import { type RedisServer, startRedis } from '../../tooling/servers/redis-server.ts';
import { type Outcomes, sleep, verdict } from './races-outcome.ts';
import { SUBJECTS } from './races-subjects.ts';
import { VALUE_NAMES, type ValueName } from './races-values.ts';
import { startWorker, type Worker } from './races-worker.ts';

/** Three times the staleness that Keepsake promises by default. */
const BEYOND_STALENESS_MS = 1_500;
const FROZEN_BAR_MS = 1_000;
/** A Float32Array of 512 has 2,048 bytes; all else may take 64. */
const VECTOR_BAR_BYTES = 2_048 + 64;

interface Stage {
  readonly server: RedisServer;
  readonly proxy: FaultProxy;
  readonly redis: Redis;
  readonly writer: Worker;
  readonly reader: Worker;
}

/** What a process reads now, where its loader would give v2. */
const read = (worker: Worker, key: string): Promise<string | undefined> =>
  worker.obey({ act: 'getOrSet', key, value: 'v2', loadMs: 0 });

let lastKey = 0;

/** The reader loads v1 while the writer makes the change. */
const overtake = async ({ reader, writer }: Stage, change: 'delete' | 'set' | 'invalidateTag') => {
  const key = `overtaken-by-${change}-${(lastKey += 1)}`;
  const first = reader.obey({ act: 'getOrSet', key, value: 'v1', loadMs: 300 });
  await sleep(100);
  const done = await writer.obey(change === 'set' ? { act: change, key, value: 'v2' } : { act: change, key });
  const late = await writer.obey({ act: 'getOrSet', key, value: 'v2', loadMs: 50 });
  await first;
  await sleep(200);
  const after = [await read(reader, key), await read(writer, key)];
  return { hasNone: done === 'none', late, isRight: after.every((value) => value === 'v2') };
};

/** The writer deletes what the reader has in memory, and the message does not arrive. */
const loseMessage = async ({ reader, writer, proxy }: Stage, isReset: boolean): Promise<string> => {
  const key = `lost-${String(isReset)}`;
  await reader.obey({ act: 'getOrSet', key, value: 'v1', loadMs: 0 });
  proxy.blackhole(true);
  await writer.obey({ act: 'delete', key });
  const heal = (): void => {
    proxy.cut();
    proxy.blackhole(false);
  };
  if (isReset) heal();
  await sleep(BEYOND_STALENESS_MS);
  const value = await read(reader, key);
  if (!isReset) heal();
  return verdict(value === 'v2', `old value from memory after ${BEYOND_STALENESS_MS} ms`);
};

const roundTrip = async ({ reader, writer, redis }: Stage, value: ValueName): Promise<string> => {
  const key = `value-${value.replaceAll(' ', '-')}`;
  await writer.obey({ act: 'setValue', key, value });
  const judged = (await reader.obey({ act: 'judgeValue', key, value })) ?? 'nothing';
  if (value !== 'a Float32Array of 512') return judged;
  const bytes = await redis.strlen((await redis.keys(`*${key}`))[0] ?? key);
  const size = `${bytes.toLocaleString('en')} B in Redis`;
  return judged === 'right' && bytes > VECTOR_BAR_BYTES ? `too large, ${size}` : `${judged}, ${size}`;
};

const freeze = async ({ writer, server }: Stage): Promise<string> => {
  server.pause();
  const startedAt = performance.now();
  try {
    await read(writer, 'frozen');
    const ms = performance.now() - startedAt;
    return `${verdict(ms <= FROZEN_BAR_MS, 'slow')}, after ${ms.toFixed(0)} ms`;
  } finally {
    server.resume();
  }
};

/** What is deleted here must be gone there, before the bus is put to the test. */
const awaitBus = async ({ reader, writer }: Stage): Promise<void> => {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const key = `warm-up-${attempt}`;
    await reader.obey({ act: 'getOrSet', key, value: 'v1', loadMs: 0 });
    await writer.obey({ act: 'delete', key });
    await sleep(100);
    if ((await read(reader, key)) === 'v2') return;
  }
  throw new Error('the bus delivers nothing');
};

const overtaken = (change: 'delete' | 'set' | 'invalidateTag', wrong: string) => async (stage: Stage) => {
  const { hasNone, isRight } = await overtake(stage, change);
  return hasNone ? '-' : verdict(isRight, wrong);
};

/** In this order: what the last ones leave behind is no place for a race. */
const RACES: Readonly<Record<string, (stage: Stage) => Promise<string>>> = {
  'deleted by the other during load': overtaken('delete', 'old value back'),
  'caller there after the delete': async (stage) =>
    verdict((await overtake(stage, 'delete')).late === 'v2', 'gets the old value'),
  'set by the other during load': overtaken('set', 'load overwrites the newer set'),
  'tag invalidated by the other': overtaken('invalidateTag', 'old value back'),
  ...Object.fromEntries(
    VALUE_NAMES.map((value) => [`${value} through Redis`, (stage: Stage) => roundTrip(stage, value)]),
  ),
  'message lost, connection reset': (stage) => loseMessage(stage, true),
  'message lost, connection silent': (stage) => loseMessage(stage, false),
  'Redis frozen: getOrSet': freeze,
};

const raceAll = async (stage: Stage): Promise<Outcomes['outcomes']> => {
  await awaitBus(stage);
  const outcomes: Record<string, string> = {};
  for (const [name, run] of Object.entries(RACES)) {
    try {
      outcomes[name] = await run(stage);
    } catch (error) {
      outcomes[name] = error instanceof Error ? error.message.slice(0, 60) : String(error);
    }
  }
  return outcomes;
};

const race = async (name: string): Promise<Outcomes> => {
  await using server = await startRedis();
  await using proxy = await startFaultProxy(server.port);
  const workers = [await startWorker(name, server.url), await startWorker(name, proxy.url)] as const;
  const redis = new Redis(server.url);
  try {
    const [writer, reader] = workers;
    return { name, outcomes: await raceAll({ server, proxy, redis, writer, reader }) };
  } finally {
    redis.disconnect();
    await Promise.all(workers.map((worker) => worker.end()));
  }
};

/** One library after the other; the first is Keepsake. */
export const racesOverRedis = async (): Promise<Outcomes[]> => {
  const results: Outcomes[] = [];
  for (const name of Object.keys(SUBJECTS)) results.push(await race(name));
  return results;
};
