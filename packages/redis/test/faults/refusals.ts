/** Rows 11, 12, 13 and 22: the server answers, and refuses, forgets or demotes itself; clocks are stepped. */
import { systemClock } from '@keepsake/core';
import { findFreePort, startFaultProxy, startRedis } from '@keepsake/tooling/servers';
import { plainClient, sleep } from '../harness.ts';
import { Judge, msUntil, type Row, timed } from './trial.ts';

/** Fault 11: no memory is left and nothing may be evicted. */
export const outOfMemory: Row = async (trial) => {
  const judge = new Judge('fault-11', trial);
  await using server = await startRedis({ args: ['--maxmemory', '4mb', '--maxmemory-policy', 'noeviction'] });
  const keeper = trial.subject.open(server.url, { isAlone: true });
  await msUntil(() => keeper.set('kept', 'v'));
  await keeper.set('replaced', 'old');
  const admin = plainClient(server.url);
  await admin.config('SET', 'maxmemory', '1mb');
  let thrown = 0;
  let stored = 0;
  const must = async <T>(
    what: string,
    work: () => Promise<T>,
    holds: (result: T) => boolean,
  ): Promise<void> => {
    const { result, error } = await timed(work);
    if (error !== undefined) thrown += 1;
    else judge.must(holds(result as T), `${what}: ${JSON.stringify(result)}`);
  };
  for (let i = 0; i < 20; i += 1) {
    await must(
      'set',
      () => keeper.set(`new:${i}`, 'x'),
      (done) => !done,
    );
    if ((await keeper.get(`new:${i}`).catch(() => undefined)) !== undefined) stored += 1;
    await must(
      'getOrSet',
      () => keeper.getOrSet(`loaded:${i}`, () => i),
      (value) => value === i,
    );
  }
  await must(
    'a read',
    () => keeper.get('kept'),
    (value) => value === 'v',
  );
  await must(
    'a set over an old value',
    () => keeper.set('replaced', 'new'),
    (done) => !done,
  );
  await must(
    'what it could not replace',
    () => keeper.get('replaced'),
    (value) => value === undefined,
  );
  await must(
    'a removal',
    () => keeper.delete('kept'),
    ({ acknowledged }) => acknowledged,
  );
  await must(
    'what was removed',
    () => keeper.get('kept'),
    (value) => value === undefined,
  );
  judge.atMost('thrown', thrown, 0);
  judge.atMost('stored without memory', stored, 0);
  await admin.config('SET', 'maxmemory', '100mb');
  admin.disconnect();
  judge.must((await timed(() => keeper.set('again', 1))).result === true, 'not in use again with memory');
  await keeper.close();
  return judge.findings();
};

/** Fault 12: Redis evicts all the time, entries, tag records and leases alike. */
export const evictionStorm: Row = async (trial) => {
  const judge = new Judge('fault-12', trial);
  await using server = await startRedis({
    args: ['--maxmemory', '4mb', '--maxmemory-policy', 'allkeys-random'],
  });
  const options = { isAlone: true } as const;
  const [keeper, other] = [trial.subject.open(server.url, options), trial.subject.open(server.url, options)];
  const admin = plainClient(server.url);
  await msUntil(() => keeper.set('warm', 1));
  const acknowledged = new Map<string, number>();
  const removed = new Set<string>();
  let dead = 0;
  let version = 0;
  const until = performance.now() + trial.faultMs;
  while (performance.now() < until) {
    version += 1;
    const key = `k${trial.random.below(50)}`;
    const ballast = Array.from({ length: 20 }, (_, i) => keeper.set(`b:${version}:${i}`, 'x'.repeat(4_000)));
    if (trial.random.below(3) === 0) {
      if ((await keeper.delete(key)).acknowledged) removed.add(key);
    } else if (await keeper.set(key, version)) {
      acknowledged.set(key, version);
      removed.delete(key);
    }
    const seen = await other.get<number>(key);
    if (seen !== undefined && (removed.has(key) || seen < (acknowledged.get(key) ?? 0))) dead += 1;
    await Promise.all(ballast);
  }
  const evicted = Number(/evicted_keys:(\d+)/.exec(await admin.info('stats'))?.[1]);
  admin.disconnect();
  judge.must(evicted > 50, `only ${evicted} keys were evicted`);
  judge.atMost('reads of what was removed or replaced', dead, 0);
  await Promise.all([keeper.close(), other.close()]);
  return judge.findings();
};

/** Fault 13: the server becomes a replica and refuses writes, and is promoted again. */
export const demotion: Row = async (trial) => {
  const judge = new Judge('fault-13', trial);
  await using server = await startRedis();
  await using proxy = await startFaultProxy(server.port);
  const keeper = trial.subject.open(proxy.url, { isAlone: true });
  await msUntil(() => keeper.set('k', 1));
  const admin = plainClient(server.url);
  await admin.call('REPLICAOF', '127.0.0.1', String(await findFreePort()));
  const before = proxy.accepted;
  let errors = 0;
  const startedAt = performance.now();
  while (performance.now() - startedAt < trial.faultMs) {
    const { error, result } = await timed(() =>
      keeper.getOrSet(`k${trial.random.below(1_000)}`, () => 'loaded'),
    );
    if (error !== undefined || result !== 'loaded') errors += 1;
    judge.must(
      (await timed(() => keeper.set('k', 2))).result !== true,
      'a set on a replica says it is stored',
    );
    await sleep(2);
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  const reconnects = proxy.accepted - before;
  judge.atMost('errors to the app', errors, 0);
  judge.must(
    reconnects > 0,
    'it stays with a replica for ever: an address that leads to a new primary is never asked',
  );
  judge.atMost('reconnects a second', Math.max(0, reconnects - 1) / seconds, 1);
  await admin.call('REPLICAOF', 'NO', 'ONE');
  admin.disconnect();
  judge.within('in use again after, ms', await msUntil(() => keeper.set('k', 3)), 2_000);
  await keeper.close();
  return judge.findings();
};

const HOUR_MS = 3_600_000;

/** Fault 22: the wall clock of the process is stepped by an hour, and back by two. */
export const wallClock: Row = async (trial) => {
  const judge = new Judge('fault-22', trial);
  await using server = await startRedis();
  let offMs = 0;
  const clock = {
    ...systemClock,
    now: () => systemClock.now(),
    wallNow: () => systemClock.wallNow() + offMs,
  };
  const keeper = trial.subject.open(server.url, { clock });
  await msUntil(() => keeper.set('k', 'v', { ttl: 60 }));
  for (const step of [HOUR_MS, -2 * HOUR_MS, HOUR_MS]) {
    offMs += step;
    judge.must((await keeper.get('k')) === 'v', `gone after a step of ${step} ms`);
    const ttl = (await keeper.ttl('k')) ?? NaN;
    judge.must(ttl > 30 && ttl <= 60.5, `${ttl} s to live after a step of ${step} ms`);
    server.pause();
    const slow: boolean[] = [];
    for (let i = 0; i < 20; i += 1) slow.push((await timed(() => keeper.get(`miss${i}`))).ms > 125);
    judge.atMost('slow calls, one after the other', slow.filter(Boolean).length, 5);
    offMs += step;
    server.resume();
    judge.within('in use again after, ms', await msUntil(() => keeper.set('again', 1)), 2_000);
    offMs -= step;
  }
  await keeper.close();
  return judge.findings();
};
