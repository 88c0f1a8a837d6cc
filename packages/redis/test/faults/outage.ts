/** Rows 1, 2, 3 and 10: the server is absent, killed, frozen, or loads its data. */
import { startFaultProxy, startRedis, type RedisServer } from '@keepsake/tooling/servers';
import { plainClient, sleep } from '../harness.ts';
import { startTraffic } from './traffic.ts';
import { HUNG, Judge, msUntil, type Row, timed } from './trial.ts';

/** `l2Timeout` and `commandTimeout` as they are by default, and what a timer may come late. */
const CALL_MS = 250 + 10;
/** Calls in a row that may be slow before the store is left alone. */
const SLOW_CALLS = 5;
const MAX_LOADS = 4;

/** Fault 1: an app starts before its Redis does: the port is closed, or swallows everything. */
export const absentAtBoot: Row = async (trial) => {
  const judge = new Judge('fault-1', trial);
  await using server = await startRedis();
  await using proxy = await startFaultProxy(server.port);
  await server.kill();
  for (const place of ['closed port', 'black hole'] as const) {
    proxy.blackhole(place === 'black hole');
    const keeper = trial.subject.open(place === 'black hole' ? proxy.url : server.url);
    const first = await timed(() => keeper.get('k'));
    judge.must(first.error === undefined && first.result === undefined, `${place}: the first get is no miss`);
    judge.within(`${place}: first get, ms`, first.ms, CALL_MS);
    const loaded = await timed(() => keeper.getOrSet('k', () => 'loaded'));
    judge.must(loaded.result === 'loaded', `${place}: the loader's value did not come`);
    judge.must((await timed(() => keeper.set('k', 1))).result === false, `${place}: a set is no false`);
    const removal = (await timed(() => keeper.delete('k'))).result;
    judge.must(
      removal !== undefined && removal !== HUNG && !removal.acknowledged,
      `${place}: a delete without a server is acknowledged, or fails`,
    );
    await keeper.close();
  }
  const keeper = trial.subject.open(server.url);
  await timed(() => keeper.get('k'));
  await server.restart();
  judge.within('in use after the server came, ms', await msUntil(() => keeper.set('k', 1)), 2_000);
  await keeper.close();
  return judge.findings();
};

/** Traffic and values under grace, while `during` makes the fault and ends it. */
const outage = async (
  trial: Parameters<Row>[0],
  row: string,
  args: readonly string[],
  during: (server: RedisServer) => Promise<void>,
): Promise<Judge> => {
  const judge = new Judge(row, trial);
  await using server = await startRedis({ args });
  const keeper = trial.subject.open(server.url, { grace: '1m', maxConcurrentLoads: MAX_LOADS });
  judge.must(await keeper.set('graced', 'before'), 'a set before the fault is no true');
  const traffic = startTraffic(keeper);
  await sleep(100);
  const graced = async (): Promise<void> => {
    await sleep(trial.faultMs / 2);
    const { result } = await timed(() =>
      keeper.getOrSet<string>('graced', () => Promise.reject(new Error('the source is down too'))),
    );
    judge.must(result === 'before', 'a value within grace was not served where the loader failed');
  };
  await Promise.all([during(server), graced()]);
  judge.within('in use again after, ms', await msUntil(() => keeper.set('again', 1)), 2_000);
  const seen = await traffic.stop();
  await keeper.close();
  judge.errors(seen.errors);
  judge.must(seen.wrong.length === 0, `wrong values: ${seen.wrong.slice(0, 2).join('; ')}`);
  judge.atMost('loads at once', seen.mostLoads, MAX_LOADS);
  return judge;
};

/** Fault 2: the server is killed under traffic and comes back empty. */
export const killed: Row = async (trial) => {
  const judge = await outage(trial, 'fault-2', [], async (server) => {
    await server.kill();
    await sleep(trial.faultMs);
    await server.restart();
  });
  return judge.findings();
};

/** Fault 3: the server is frozen, under traffic, and asked by one caller after the other. */
export const frozen: Row = async (trial) => {
  const judge = await outage(trial, 'fault-3', [], async (server) => {
    server.pause();
    await sleep(trial.faultMs);
    server.resume();
  });
  await using server = await startRedis();
  const keeper = trial.subject.open(server.url, { isAlone: true });
  await keeper.set('k', 1);
  server.pause();
  let slow = 0;
  const until = performance.now() + trial.faultMs;
  while (performance.now() < until) {
    const { ms } = await timed(() => keeper.get('k'));
    if (ms > CALL_MS / 2) slow += 1;
    await sleep(1);
  }
  judge.atMost('slow calls, one after the other', slow, SLOW_CALLS);
  server.resume();
  judge.within('found again after, ms', await msUntil(async () => (await keeper.get('k')) === 1), 2_000);
  await keeper.close();
  return judge.findings();
};

/** Fault 10: the server loads its data and answers LOADING. */
export const loading: Row = async (trial) => {
  const KEYS = 2_000;
  const judge = await outage(trial, 'fault-10', ['--enable-debug-command', 'yes'], async (server) => {
    const admin = plainClient(server.url);
    try {
      await admin.mset(new Map(Array.from({ length: KEYS }, (_, i) => [`ballast:${i}`, 'x'.repeat(100)])));
      await admin.config('SET', 'loading-process-events-interval-bytes', '1024');
      await admin.config('SET', 'key-load-delay', String(Math.ceil((trial.faultMs * 1_000) / KEYS)));
      await admin.call('DEBUG', 'RELOAD');
    } finally {
      admin.disconnect();
    }
  });
  return judge.findings();
};
