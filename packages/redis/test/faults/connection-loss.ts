/** Rows 4 to 7: the connection swallows everything, is reset, loses replies, is cut in the middle. */
import { startFaultProxy, startRedis } from '@keepsake/tooling/servers';
import type { Redis } from 'ioredis';
import { plainClient, sleep } from '../harness.ts';
import { startTraffic } from './traffic.ts';
import type { Keeper } from './keeper.ts';
import { HUNG, Judge, msUntil, type Row, timed, type Trial } from './trial.ts';

/** The client's socketTimeout, and the heartbeat that notices. */
const DETECT_MS = 2_000 + 1_000;

/** Fault 4: bytes vanish in both directions, and no reset says so. */
export const blackHole: Row = async (trial) => {
  const judge = new Judge('fault-4', trial);
  await using server = await startRedis();
  await using proxy = await startFaultProxy(server.port);
  const keeper = trial.subject.open(proxy.url, { isAlone: true });
  judge.must(await keeper.set('k', 1), 'a set before the fault is no true');
  const traffic = startTraffic(keeper);
  await sleep(50);
  const before = proxy.accepted;
  proxy.blackhole(true);
  const replacedMs = await msUntil(async () => proxy.accepted > before, DETECT_MS * 3);
  judge.within('socket replaced after, ms', replacedMs, DETECT_MS);
  proxy.blackhole(false);
  // A connection that has lost bytes never goes on in the middle.
  proxy.cut();
  judge.within('in use again after, ms', await msUntil(() => keeper.set('k', 2)), 2_000);
  const seen = await traffic.stop();
  judge.errors(seen.errors);
  await keeper.close();
  return judge.findings();
};

/** Fault 5: all connections are reset again and again; what is counted is counted once. */
export const resetStorm: Row = async (trial) => {
  const judge = new Judge('fault-5', trial);
  await using server = await startRedis();
  await using proxy = await startFaultProxy(server.port);
  const keeper = trial.subject.open(proxy.url, { isAlone: true });
  await msUntil(async () => (await keeper.increment('n')) > 0);
  let acknowledged = 1;
  let unknown = 0;
  const count = async (): Promise<void> => {
    const { result, error } = await timed(() => keeper.increment('n'));
    if (error === undefined && result !== HUNG) acknowledged += 1;
    else unknown += 1;
  };
  const until = performance.now() + trial.faultMs;
  while (performance.now() < until) {
    const counts = Array.from({ length: 20 }, count);
    await sleep(trial.random.below(3));
    // Half of the time the server has done it and its replies are lost.
    if (trial.random.below(2) === 0) proxy.halfReply(trial.random.below(200));
    else proxy.cut();
    await Promise.all(counts);
    await msUntil(() => keeper.set('ready', 1), 2_000);
  }
  await msUntil(() => keeper.set('after', 1));
  const total = Number(await keeper.get('n'));
  judge.must(acknowledged > 20, `only ${acknowledged} increments went through`);
  judge.atMost('counted beyond acknowledged and unknown', total - acknowledged - unknown, 0);
  judge.atMost('acknowledged and not counted', acknowledged - total, 0);
  await keeper.close();
  return judge.findings();
};

interface Writer {
  readonly name: string;
  write(keeper: Keeper, key: string): Promise<unknown>;
}

const WRITERS: readonly Writer[] = [
  { name: 'set', write: (keeper, key) => keeper.set(key, 'old') },
  { name: 'setMany', write: (keeper, key) => keeper.setMany({ [key]: 'old', [`${key}:beside`]: 'old' }) },
  { name: 'touch', write: (keeper, key) => keeper.touch(key, 86_400) },
];

/** Longest time to live that a newer value was given; what touches it afterwards would give it more. */
const NEWER_TTL_S = 60;

const judgeNewer = async (judge: Judge, other: Keeper, key: string, writer: string): Promise<void> => {
  const value = await other.get(key);
  judge.must(value === 'new', `${writer}: an older command won: ${String(value)}`);
  const ttl = (await other.ttl(key)) ?? 0;
  // The naive subject gives every value its one lifetime.
  judge.must(ttl <= 300, `${writer}: the newer value was given ${ttl} s by an older command`);
};

/** Fault 6: a command is executed after its caller gave up, or once more after its reply was lost. */
export const lostReplies: Row = async (trial) => {
  const judge = new Judge('fault-6', trial);
  for (const writer of WRITERS) {
    if (judge.violations.length === 0) await late(trial, judge, writer);
    if (judge.violations.length === 0) await answeredInVain(trial, judge, writer);
  }
  if (judge.violations.length === 0) await lateFill(trial, judge);
  return judge.findings();
};

/** It is on its way for longer than its caller waits; somebody else writes meanwhile. */
const late = async (trial: Trial, judge: Judge, { name, write }: Writer): Promise<void> => {
  await using server = await startRedis();
  await using proxy = await startFaultProxy(server.port);
  const [keeper, other] = [
    trial.subject.open(proxy.url, { isAlone: true }),
    trial.subject.open(server.url, { isAlone: true }),
  ];
  await msUntil(() => keeper.set('k', 'older'));
  const delayMs = 1_500 + trial.random.below(500);
  proxy.delay(delayMs);
  const call = timed(() => write(keeper, 'k'));
  await sleep(300 + trial.random.below(200));
  judge.must(await other.set('k', 'new', { ttl: NEWER_TTL_S }), `${name}: the newer set failed`);
  await sleep(delayMs);
  await call;
  await judgeNewer(judge, other, 'k', name);
  await Promise.all([keeper.close(), other.close()]);
};

/** It is executed, its reply is lost with the connection; who sends it again overwrites the newer value. */
const answeredInVain = async (trial: Trial, judge: Judge, { name, write }: Writer): Promise<void> => {
  await using server = await startRedis();
  await using proxy = await startFaultProxy(server.port);
  const redis = plainClient(server.url);
  const [keeper, other] = [
    trial.subject.open(proxy.url, { isAlone: true }),
    trial.subject.open(server.url, { isAlone: true }),
  ];
  await msUntil(() => keeper.set('k', 'older'));
  await other.get('k');
  const before = await commandsOf(redis);
  proxy.halfReply(trial.random.below(4));
  const call = timed(() => write(keeper, 'k'));
  await msUntil(async () => (await commandsOf(redis)) > before, 1_000);
  judge.must(await other.set('k', 'new', { ttl: NEWER_TTL_S }), `${name}: the newer set failed`);
  await call;
  // By now it has connected again.
  await msUntil(() => keeper.set('after', 1));
  await judgeNewer(judge, other, 'k', name);
  redis.disconnect();
  await Promise.all([keeper.close(), other.close()]);
};

/** Writes that the server has executed, whichever command carries them. */
const commandsOf = async (redis: Redis): Promise<number> => {
  const stats = await redis.info('commandstats');
  return [...stats.matchAll(/cmdstat_(?:evalsha|set|pexpire):calls=(\d+)/g)].reduce(
    (sum, [, calls]) => sum + Number(calls),
    0,
  );
};

/** A loader's value is on its way when the key is deleted. */
const lateFill = async (trial: Trial, judge: Judge): Promise<void> => {
  await using server = await startRedis();
  await using proxy = await startFaultProxy(server.port);
  const [keeper, other] = [
    trial.subject.open(proxy.url, { isAlone: true }),
    trial.subject.open(server.url, { isAlone: true }),
  ];
  await msUntil(() => keeper.set('warm', 1));
  const delayMs = 300 + trial.random.below(100);
  const call = timed(() =>
    keeper.getOrSet('filled', () => {
      proxy.delay(delayMs * 2);
      return 'old';
    }),
  );
  await sleep(delayMs / 2);
  await other.delete('filled');
  await sleep(delayMs * 2);
  await call;
  const value = await other.get('filled');
  judge.must(value === undefined, `fill: a value that was overtaken by a delete came back: ${String(value)}`);
  await Promise.all([keeper.close(), other.close()]);
};

/** Fault 7: many commands under way are cut after so many bytes of requests or replies. */
export const cutPipeline: Row = async (trial) => {
  const judge = new Judge('fault-7', trial);
  const ITEMS = 100;
  await using server = await startRedis();
  await using proxy = await startFaultProxy(server.port);
  const [keeper, other] = [
    trial.subject.open(proxy.url, { isAlone: true }),
    trial.subject.open(server.url, { isAlone: true }),
  ];
  const rounds = Math.max(3, Math.round(trial.faultMs / 300));
  let claimedTooMany = 0;
  for (let round = 0; round < rounds; round += 1) {
    await msUntil(() => keeper.set('warm', 1));
    const entries = Object.fromEntries(
      Array.from({ length: ITEMS }, (_, i) => [`r${round}:${i}`, `value of r${round}:${i}`]),
    );
    const cutsReplies = trial.random.below(2) === 0;
    if (cutsReplies) proxy.halfReply(trial.random.below(ITEMS * 25));
    else proxy.halfRequest(trial.random.below(ITEMS * 250));
    const { result, error, ms } = await timed(() => keeper.setMany(entries));
    judge.must(error === undefined && typeof result === 'number', `setMany: ${String(error ?? result)}`);
    judge.within('setMany settles after, ms', ms, 500);
    const stored = await other.getMany<string>(Object.keys(entries));
    claimedTooMany = Math.max(claimedTooMany, Number(result) - stored.size);
    if (cutsReplies) proxy.halfReply(trial.random.below(4_000));
    const read = (await timed(() => keeper.getMany<string>(Object.keys(entries)))).result;
    if (read instanceof Map) {
      for (const [key, value] of read) judge.must(value === `value of ${key}`, `${key} gave ${value}`);
    } else judge.must(false, 'getMany gave no answer');
  }
  judge.atMost('items told as stored that are not', claimedTooMany, 0);
  await Promise.all([keeper.close(), other.close()]);
  return judge.findings();
};
