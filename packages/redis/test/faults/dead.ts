/** Row 36: an app at full speed in front of a dead Redis must not drown in what it sends. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { findFreePort, startRedis } from '@keepsake/tooling/servers';
import { sleep } from '../harness.ts';
import { Judge, type Row } from './trial.ts';

const PER_SECOND = 50_000;
const TICK_MS = 10;
/** More calls than these wait only before the server counts as down. */
const WAITING = 100;
/** A busy machine falls behind; it does not make up for it at once. */
const MOST_A_TICK = 2_500;
const MAX_GROWTH = 20 * 1_000 * 1_000;

const collect = (): void => {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
};

export const deadRedis: Row = async (trial) => {
  const judge = new Judge('fault-36', trial);
  for (const fault of ['closed port', 'frozen'] as const) {
    await using server = await startRedis();
    const url = fault === 'frozen' ? server.url : `redis://127.0.0.1:${await findFreePort()}`;
    const keeper = trial.subject.open(url, { isAlone: true });
    if (fault === 'frozen') await keeper.set('warm', 1);
    if (fault === 'frozen') server.pause();
    collect();
    const before = process.memoryUsage().heapUsed;
    let sent = 0;
    let settled = 0;
    let grown = 0;
    let peak = 0;
    const done = (): void => void (settled += 1);
    const value = 'x'.repeat(100);
    const startedAt = performance.now();
    let lookAt = startedAt + 200;
    const look = (): void => {
      collect();
      const more = process.memoryUsage().heapUsed - before;
      // The first calls wait for their deadline, as many as may; those after them are refused.
      if (sent - settled > WAITING) peak = Math.max(peak, more);
      else grown = Math.max(grown, more);
    };
    for (let now = startedAt; now - startedAt < trial.faultMs; now = performance.now()) {
      const due = Math.min(MOST_A_TICK, ((now - startedAt) / 1_000) * PER_SECOND - sent);
      for (let i = 0; i < due; i += 1) {
        const work = i % 4 === 0 ? keeper.set(`k${sent % 1_000}`, value) : keeper.get(`k${sent % 1_000}`);
        work.then(done, done);
        sent += 1;
      }
      await sleep(TICK_MS);
      if (performance.now() < lookAt) continue;
      look();
      lookAt = performance.now() + 1_000;
    }
    const perSecond = sent / ((performance.now() - startedAt) / 1_000);
    // What is answered at all is answered by then.
    await sleep(500);
    look();
    judge.note(`${fault}: heap while the first calls wait, bytes`, peak);
    judge.note(`${fault}: calls a second`, perSecond);
    judge.atMost(`${fault}: heap grew by, bytes`, grown, MAX_GROWTH);
    judge.atMost(`${fault}: calls that did not settle`, sent - settled, 0);
    judge.must(perSecond > PER_SECOND / 20, `${fault}: only ${perSecond.toFixed(0)} calls a second`);
    if (fault === 'frozen') server.resume();
    await keeper.close();
  }
  return judge.findings();
};
