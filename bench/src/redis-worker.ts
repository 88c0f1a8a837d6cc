/**
 * One subject of the Redis benchmark in a process of its own, which lives through all rounds: measured in one process
 * with others it would be slowed by what they leave behind. The parent asks for one measurement after the other.
 */
import { obeyOrders } from './measuring-worker.ts';
import { type RedisSubject, SUBJECTS } from './redis-subjects.ts';
import { LARGE, SMALL } from './redis-values.ts';

/** What can be measured: operations per second, but for `alone`, which is microseconds an operation. */
export type Metric =
  'get' | 'set' | 'getMany' | 'warm' | 'cold' | 'alone' | 'setCoherent' | 'getNear' | 'getTagged';
export type Size = 'small' | 'large';

export interface Order {
  readonly metric: Metric;
  readonly size: Size;
  readonly operations: number;
}

const CALLERS = 64;
const KEYS = 1_000;
const MANY = 100;

const VALUES: Readonly<Record<Size, object>> = { small: SMALL, large: LARGE };

/** The next key of a walk that jumps about. */
const keyAt = (size: Size, i: number): string => `${size}:${(i * 7_919) % KEYS}`;

let fresh = 0;

type Work = (i: number) => Promise<unknown> | undefined;

/** What one operation is; undefined where the subject has no such thing. */
const workOf = (subject: RedisSubject, { metric, size }: Order): Work | undefined => {
  const value = VALUES[size];
  const make = (): Promise<unknown> => Promise.resolve(value);
  switch (metric) {
    case 'get':
    case 'alone':
      return subject.get && ((i) => subject.get?.(keyAt(size, i)));
    case 'set':
      return (i) => subject.set(keyAt(size, i), value);
    case 'getMany':
      return (
        subject.getMany &&
        ((i) => subject.getMany?.(Array.from({ length: MANY }, (_, k) => keyAt(size, i + k))))
      );
    case 'warm':
      return subject.getOrSet && ((i) => subject.getOrSet?.(keyAt(size, i), make));
    case 'cold':
      return subject.getOrSet && (() => subject.getOrSet?.(`cold:${(fresh += 1)}`, make));
    case 'setCoherent':
      return subject.setCoherent && ((i) => subject.setCoherent?.(keyAt(size, i), value));
    case 'getNear':
      return subject.getNear && ((i) => subject.getNear?.(keyAt(size, i)));
    case 'getTagged':
      return subject.setTagged && ((i) => subject.get?.(`tagged:${keyAt(size, i)}`));
  }
};

const prepare = async (subject: RedisSubject): Promise<void> => {
  for (const size of ['small', 'large'] as const) {
    for (let i = 0; i < KEYS; i += 1) {
      const [key, value] = [`${size}:${i}`, VALUES[size]];
      await subject.set(key, value);
      await subject.setCoherent?.(key, value);
      await subject.setTagged?.(`tagged:${key}`, value);
    }
  }
};

/** Seconds that `operations` take from so many callers. */
const timed = async (work: Work, operations: number, callers: number): Promise<number> => {
  let next = 0;
  const call = async (): Promise<void> => {
    while (next < operations) {
      next += 1;
      await work(next);
    }
  };
  const before = process.hrtime.bigint();
  await Promise.all(Array.from({ length: callers }, call));
  return Number(process.hrtime.bigint() - before) / 1e9;
};

const measure = async (subject: RedisSubject, order: Order): Promise<number | undefined> => {
  const work = workOf(subject, order);
  if (!work) return undefined;
  const callers = order.metric === 'alone' ? 1 : CALLERS;
  if (order.metric !== 'set' && (await work(0)) === undefined)
    throw new Error(`${order.metric}: nothing came`);
  await timed(work, order.operations / 4, callers);
  globalThis.gc?.();
  const seconds = await timed(work, order.operations, callers);
  return order.metric === 'alone' ? (seconds * 1e6) / order.operations : order.operations / seconds;
};

if (process.send) {
  const [name = '', url = ''] = process.argv.slice(2);
  const subject = await SUBJECTS[name]?.open(url);
  if (!subject) throw new Error(`no subject ${name}`);
  await prepare(subject);
  obeyOrders(
    (order: Order) => measure(subject, order),
    () => subject.close(),
  );
}
