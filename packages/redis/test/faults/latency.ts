/** Row 8: a slow network. Replies that come late, and in a varying time, reach nobody they are not meant for. */
import { startFaultProxy, startRedis } from '@keepsake/tooling/servers';
import { sleep } from '../harness.ts';
import { startTraffic } from './traffic.ts';
import { Judge, msUntil, percentile, type Row, timed } from './trial.ts';

const CALL_MS = 250;
const SOFT_MS = 100;
const HARD_MS = 400;
/** Loaders of the traffic sleep for it, and a millisecond or two pass on the way. */
const LOADER_MS = 5;

export const slowNetwork: Row = async (trial) => {
  const judge = new Judge('fault-8', trial);
  await using server = await startRedis();
  await using proxy = await startFaultProxy(server.port);
  const options = { grace: '1m', softTimeout: SOFT_MS / 1_000, isAlone: true } as const;
  const keeper = trial.subject.open(proxy.url, options);
  await msUntil(() => keeper.set('warm', 1));
  await keeper.set('stale', 'before', { ttl: 0.001 });
  for (const delayMs of [100, 1_000]) {
    proxy.delay(delayMs);
    const traffic = startTraffic(keeper);
    await sleep(trial.faultMs);
    const seen = await traffic.stop();
    judge.errors(seen.errors);
    judge.atMost('values of another key', seen.wrong.length, 0);
    // L2 is asked, then the loader, then L2 takes the value: each within its own time.
    const gateMs = CALL_MS * 2 + LOADER_MS + 10;
    judge.within(`${delayMs} ms of delay: p99 of getOrSet, ms`, percentile(seen.ms, 99), gateMs);
  }
  const hung = await timed(() =>
    keeper.getOrSet('hung', () => new Promise(() => undefined), { hardTimeout: HARD_MS / 1_000 }),
  );
  judge.must(
    (hung.error as { code?: unknown } | undefined)?.code === 'ERR_TIMEOUT',
    `a loader that hangs: ${String(hung.error ?? hung.result)}`,
  );
  judge.within('a loader that hangs: ms', hung.ms, CALL_MS + HARD_MS + 10);
  proxy.delay(0);
  await msUntil(() => keeper.set('warm', 2));
  const stale = await timed(() =>
    keeper.getOrSet('stale', () => new Promise(() => undefined), { hardTimeout: HARD_MS / 1_000 }),
  );
  judge.must(
    stale.result === 'before',
    `no stale value in place of a loader that hangs: ${String(stale.error ?? stale.result)}`,
  );
  judge.within('a stale value in place of a loader that hangs: ms', stale.ms, CALL_MS + SOFT_MS + 10);
  // Delays that grow and shrink around the deadline: late replies meet newer commands.
  const jitter = setInterval(() => proxy.delay(trial.random.below(CALL_MS * 3)), 40);
  const traffic = startTraffic(keeper, { workers: 16 });
  await sleep(trial.faultMs);
  clearInterval(jitter);
  proxy.delay(0);
  const seen = await traffic.stop();
  judge.atMost('values of another key, replies late', seen.wrong.length, 0);
  await keeper.close();
  return judge.findings();
};
