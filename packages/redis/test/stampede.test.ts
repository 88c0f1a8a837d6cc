import { bundle, type Child, type Program } from '@keepsake/tooling/children';
import { testRedisUrl } from '@keepsake/tooling/servers';
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Call, Report } from './children/caller.ts';
import type { RedisBackend } from '../src/index.ts';
import { eventually, ownPrefix, plainClient } from './harness.ts';
import { item, look } from './items.ts';
import { backend, closeAll, isWaitedFor } from './waiting.ts';

/** What a killed holder may delay the others by: its lease. */
const LEASE_MS = 2_000;

let program: Program;
let redis: Redis;
beforeAll(async () => {
  program = await bundle(new URL('./children/caller.ts', import.meta.url));
  redis = plainClient();
});
afterEach(closeAll);
afterAll(async () => {
  await program.close();
  redis.disconnect();
});

interface Member {
  readonly child: Child;
  send(call: Partial<Call>): void;
  /** Reads on until a report of this kind. */
  until<K extends Report['is']>(is: K): Promise<Extract<Report, { is: K }>>;
  answers(): Promise<Readonly<Record<string, number>>>;
}

interface Fleet {
  readonly prefix: string;
  readonly members: readonly [Member, ...Member[]];
  readonly others: readonly Member[];
  /** How often a loader ran, counted outside the cache. */
  loads(): Promise<number>;
  /** What lies in Redis. */
  stored(): Promise<unknown>;
  /** Ends all in an orderly way; gives their exit codes. */
  end(): Promise<(number | null)[]>;
}

/** `count` processes that are connected and wait for a line. */
const startFleet = async (count: number): Promise<Fleet> => {
  const prefix = ownPrefix();
  const counter = `${prefix}loads`;
  const members = Array.from({ length: count }, () =>
    memberOf(program.start(testRedisUrl(), prefix, counter)),
  );
  const [first, ...others] = members;
  if (!first) throw new Error('a fleet has a first process');
  await Promise.all(members.map((member) => member.until('ready')));
  return {
    prefix,
    members: [first, ...others],
    others,
    loads: async () => Number(await redis.get(counter)),
    stored: () => look(backend({ prefix }), 'hot'),
    end: async () => {
      for (const { child } of members) child.process.stdin?.end();
      return Promise.all(members.map(({ child }) => child.ended));
    },
  };
};

const memberOf = (child: Child): Member => {
  const until: Member['until'] = async (is) => {
    for (;;) {
      const report = JSON.parse(await child.line()) as Report;
      if (report.is === is) return report as Extract<Report, { is: typeof is }>;
    }
  };
  return {
    child,
    until,
    send: (call) =>
      void child.process.stdin?.write(
        `${JSON.stringify({ key: 'hot', callers: 1, loadMs: 200, ...call })}\n`,
      ),
    answers: async () => (await until('answered')).answers,
  };
};

/** Longer than a test may take: a load that somebody has to end. */
const LONG_MS = 3_600_000;

describe('one key that many processes want at once', () => {
  it('fault-32: 10,000 callers in 8 processes run the loader once', async () => {
    const fleet = await startFleet(8);
    for (const [i, member] of fleet.members.entries()) member.send({ callers: 1_250, value: `of ${i}` });
    const answers = await Promise.all(fleet.members.map((member) => member.answers()));
    expect(await fleet.loads()).toBe(1);
    const value = String(await fleet.stored());
    expect(answers).toEqual(fleet.members.map(() => ({ [value]: 1_250 })));
    expect(await fleet.end()).toEqual(fleet.members.map(() => 0));
  });

  it('is loaded by the next process where the loader fails', async () => {
    const { members, others, loads, end } = await startFleet(4);
    const [holder] = members;
    holder.send({ callers: 10, loadMs: 500 });
    await holder.until('loading');
    for (const other of others) other.send({ callers: 10, value: 'made' });
    expect(await holder.answers()).toEqual({ 'Error: source down': 10 });
    expect(await Promise.all(others.map((other) => other.answers()))).toEqual(
      others.map(() => ({ made: 10 })),
    );
    expect(await loads()).toBe(2);
    await end();
  });

  it('is tried by one process after the other where every loader fails', async () => {
    const { members, loads, end } = await startFleet(4);
    for (const member of members) member.send({ callers: 10, loadMs: 50 });
    expect(await Promise.all(members.map((member) => member.answers()))).toEqual(
      members.map(() => ({ 'Error: source down': 10 })),
    );
    expect(await loads()).toBe(4);
    await end();
  });

  it('is loaded once more where the holder is killed, when its lease has ended', async () => {
    const { members, others, loads, end } = await startFleet(4);
    const [holder] = members;
    holder.send({ loadMs: LONG_MS, value: 'lost' });
    await holder.until('loading');
    for (const other of others) other.send({ callers: 10, loadMs: 200, value: 'made' });
    const killedAt = performance.now();
    holder.child.process.kill('SIGKILL');
    expect(await Promise.all(others.map((other) => other.answers()))).toEqual(
      others.map(() => ({ made: 10 })),
    );
    expect(performance.now() - killedAt).toBeLessThan((LEASE_MS + 200) * 3);
    expect(await loads()).toBe(2);
    await end();
  });

  it('keeps the newer value where the holder is stopped for longer than its lease', async () => {
    const { members, others, loads, stored, end } = await startFleet(3);
    const [holder] = members;
    holder.send({ loadMs: 500, value: 'old' });
    await holder.until('loading');
    holder.child.process.kill('SIGSTOP');
    for (const other of others) other.send({ value: 'new' });
    expect(await Promise.all(others.map((other) => other.answers()))).toEqual([{ new: 1 }, { new: 1 }]);
    holder.child.process.kill('SIGCONT');
    expect(await holder.answers()).toEqual({ old: 1 });
    expect(await stored()).toBe('new');
    expect(await loads()).toBe(2);
    await end();
  });
});

describe('one key that changes while one process makes it and another waits', () => {
  it.each([
    ['a set', (backend: RedisBackend) => backend.setMany([item('hot', 'set')]), 'set', 1],
    ['a delete', (backend: RedisBackend) => backend.removeMany(['hot'], 'delete'), 'new', 2],
  ] as const)(
    '%s: nobody waits any longer, and the old value is not stored',
    async (_, change, then, count) => {
      const { members, prefix, loads, stored, end } = await startFleet(2);
      const [holder, waiter = holder] = members;
      holder.send({ loadMs: 2_000, value: 'old' });
      await holder.until('loading');
      waiter.send({ loadMs: 50, value: 'new' });
      await eventually(() => isWaitedFor(redis, prefix, 'hot'));
      await change(backend({ prefix }));
      expect(await waiter.answers()).toEqual({ [then]: 1 });
      expect(await holder.answers()).toEqual({ old: 1 });
      expect(await stored()).toBe(then);
      expect(await loads()).toBe(count);
      await end();
    },
  );
});
