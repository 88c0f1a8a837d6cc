/** Row 41: removals while Redis is gone are told as not acknowledged, and made up for. */
import { startFaultProxy, startRedis } from '@keepsake/tooling/servers';
import { sleep } from '../harness.ts';
import { HUNG, Judge, msUntil, type Row, timed } from './trial.ts';

const KEYS = 100;

export const removalsWhileGone: Row = async (trial) => {
  const judge = new Judge('fault-41', trial);
  for (const fault of ['frozen', 'cut off'] as const) {
    await using server = await startRedis();
    await using proxy = await startFaultProxy(server.port);
    const keeper = trial.subject.open(proxy.url);
    const other = trial.subject.open(server.url, { isAlone: true });
    const keys = Array.from({ length: KEYS }, (_, i) => `k${i}`);
    await msUntil(() => keeper.set('warm', 1));
    await keeper.setMany(Object.fromEntries(keys.map((key) => [key, 'old'])));
    // In memory too: what is dropped there must not come back from Redis.
    await keeper.getMany(keys);
    if (fault === 'frozen') server.pause();
    else proxy.blackhole(true);
    const removed = new Set<string>();
    let old = 0;
    let isOver = false;
    const reads = (async () => {
      while (!isOver) {
        const key = trial.random.pick(keys);
        const wasRemoved = removed.has(key);
        const { result } = await timed(() => keeper.get(key));
        if (wasRemoved && result === 'old') old += 1;
        await sleep(1);
      }
    })();
    const outcomes = await Promise.all(
      keys.map(async (key) => {
        const { result, ms } = await timed(() => keeper.delete(key));
        removed.add(key);
        return {
          acknowledged: result !== undefined && result !== HUNG && result.acknowledged,
          hung: result === HUNG,
          ms,
        };
      }),
    );
    judge.atMost(
      `${fault}: acknowledged without Redis`,
      outcomes.filter(({ acknowledged }) => acknowledged).length,
      0,
    );
    judge.must(!outcomes.some(({ hung }) => hung), `${fault}: a delete hung`);
    judge.within(`${fault}: slowest delete, ms`, Math.max(...outcomes.map(({ ms }) => ms)), 600);
    await sleep(trial.faultMs);
    if (fault === 'frozen') server.resume();
    else {
      proxy.blackhole(false);
      // A connection that has lost bytes never goes on in the middle.
      proxy.cut();
    }
    // Nobody asks for a removed key any more: the removals must not wait for that.
    const gateMs = 2_000;
    const replayedMs = await msUntil(
      async () => (await other.getMany(keys)).size === 0,
      (gateMs + 1) * trial.factor,
    );
    judge.within(`${fault}: all replayed after, ms`, replayedMs, gateMs);
    await sleep(200);
    isOver = true;
    await reads;
    judge.atMost(`${fault}: old values read`, old, 0);
    await Promise.all([keeper.close(), other.close()]);
    if (judge.violations.length > 0) break;
  }
  return judge.findings();
};
