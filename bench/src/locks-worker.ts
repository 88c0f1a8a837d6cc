/** One subject of the lock benchmark in a process of its own, which lives through all rounds. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type LockNode, SUBJECTS } from './locks-subjects.ts';
import { obeyOrders } from './measuring-worker.ts';
import { median } from './report.ts';

export type Act =
  /** Acquire and release, one after the other. */
  | 'one'
  /** The same by 64 callers, each with a key of its own. */
  | 'keys'
  /** 50 callers want one key and hold it for 1 ms, again and again. */
  | 'contend'
  /** One node waits for what another one releases. */
  | 'handOver'
  /** So many callers want one key once, and hold it for 1 ms; those that had it by the end of the time count. */
  | 'herd';

export interface Order {
  readonly act: Act;
  readonly operations: number;
}

/** Figures by name. */
export type Figures = Readonly<Record<string, number>>;

const KEYS = 64;
const CONTENDERS = 50;
const HOLD_MS = 1;
/** Long enough for the one who waits to have subscribed. */
const BEFORE_RELEASE_MS = 15;
export const HERD_LIMIT_MS = 8_000;

const [name = '', url = ''] = process.argv.slice(2);
const subject = SUBJECTS[name];
if (!subject) throw new Error(`no subject ${name}`);

/** What this process sends to the server; what scripts call there is the server's own affair. */
let commands = 0;

const { sendCommand } = Redis.prototype;
Redis.prototype.sendCommand = function (...args) {
  commands += 1;
  return sendCommand.apply(this, args);
};

const node = await subject.open(url);
/** Of hand-overs: the other process's end, on connections of its own. In memory there is but one. */
const peer: LockNode = subject.kind === 'redis' ? await subject.open(url) : node;

const once = async (key: string): Promise<void> => {
  await (
    await node.acquire(key)
  )();
};

/** Seconds that `callers` take to do `work` so many times together. */
const timed = async (
  operations: number,
  callers: number,
  work: (caller: number) => Promise<unknown>,
): Promise<number> => {
  let begun = 0;
  const call = async (_: unknown, caller: number): Promise<void> => {
    while (begun < operations) {
      begun += 1;
      await work(caller);
    }
  };
  const before = performance.now();
  await Promise.all(Array.from({ length: callers }, call));
  return (performance.now() - before) / 1_000;
};

const percentile = (numbers: readonly number[], share: number): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length * share)] ?? NaN;

const one = async (operations: number): Promise<Figures> => {
  await timed(operations / 4, 1, () => once('one'));
  globalThis.gc?.();
  const seconds = await timed(operations, 1, () => once('one'));
  const us: number[] = [];
  await timed(operations / 4, 1, async () => {
    const before = performance.now();
    await once('one');
    us.push((performance.now() - before) * 1_000);
  });
  return { perSecond: operations / seconds, p50: median(us) };
};

const keys = async (operations: number): Promise<Figures> => {
  const work = (caller: number): Promise<void> => once(`key:${caller}`);
  await timed(operations / 4, KEYS, work);
  globalThis.gc?.();
  return { perSecond: operations / (await timed(operations, KEYS, work)) };
};

const contend = async (operations: number): Promise<Figures> => {
  const waits: number[] = [];
  const seconds = await timed(operations, CONTENDERS, async () => {
    const before = performance.now();
    const release = await node.acquire('contended');
    waits.push(performance.now() - before);
    await sleep(HOLD_MS);
    await release();
  });
  return { perSecond: operations / seconds, p99: percentile(waits, 0.99) };
};

const handOver = async (operations: number): Promise<Figures> => {
  const ms: number[] = [];
  for (let i = 0; i < operations; i += 1) {
    const release = await peer.acquire('handed');
    const waiting = node.acquire('handed').then((next) => ({ next, atMs: performance.now() }));
    // Not the same moment of a poller's pause each time.
    await sleep(BEFORE_RELEASE_MS + (i % 10));
    const before = performance.now();
    const released = release();
    const { next, atMs } = await waiting;
    ms.push(atMs - before);
    await released;
    await next();
  }
  return { p50: median(ms) };
};

const herd = async (callers: number): Promise<Figures> => {
  const limit = sleep(HERD_LIMIT_MS, 'limit' as const, { ref: false });
  commands = 0;
  let had = 0;
  let isOver = false;
  const call = async (): Promise<void> => {
    const release = await node.acquire('herd');
    if (isOver) return;
    had += 1;
    await sleep(HOLD_MS);
    await release();
  };
  const all = Promise.all(Array.from({ length: callers }, call)).then(() => 'all' as const);
  await Promise.race([all, limit]);
  isOver = true;
  return { commands, had };
};

const acts: Readonly<Record<Act, (operations: number) => Promise<Figures>>> = {
  one,
  keys,
  contend,
  handOver,
  herd,
};

obeyOrders(
  ({ act, operations }: Order) => acts[act](operations),
  () => Promise.all([node.close(), peer.close()]),
);
