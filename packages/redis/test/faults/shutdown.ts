/** Row 38: an app under load is told to end. */
import type { Program } from '@keepsake/tooling/children';
import { startRedis } from '@keepsake/tooling/servers';
import { plainClient, sleep } from '../harness.ts';
import { Judge, msUntil, type Row, type Trial } from './trial.ts';

/** What the program of ./children/app.ts says as it ends. */
interface Goodbye {
  readonly closeMs: number;
  /** Kinds of what would keep the process alive. */
  readonly handles: readonly string[];
  readonly rejections: number;
}

/** `program`: ./children/app.ts, bundled. */
export const endedUnderLoad =
  (program: Program): Row =>
  async (trial: Trial) => {
    const judge = new Judge('fault-38', trial);
    for (const state of ['up', 'frozen', 'killed'] as const) {
      await using server = await startRedis();
      const child = program.start(server.url, trial.subject.name);
      judge.must((await child.line()) === 'ready', `${state}: the app did not start`);
      await sleep(trial.random.below(200));
      if (state === 'frozen') server.pause();
      if (state === 'killed') await server.kill();
      if (state !== 'up') await sleep(trial.random.below(500));
      const startedAt = performance.now();
      child.process.kill('SIGTERM');
      const kill = setTimeout(() => child.process.kill('SIGKILL'), 10_000);
      const goodbye = JSON.parse(await child.line().catch(() => '{}')) as Partial<Goodbye>;
      const code = await child.ended;
      clearTimeout(kill);
      judge.within(`${state}: SIGTERM to the end of the process, ms`, performance.now() - startedAt, 2_000);
      judge.must(code === 0, `${state}: it ended with ${String(code)}`);
      judge.atMost(`${state}: open handles`, goodbye.handles?.length ?? 1, 0);
      judge.must(goodbye.handles?.length === 0, `${state}: still open: ${String(goodbye.handles)}`);
      judge.atMost(`${state}: unhandled rejections`, goodbye.rejections ?? 1, 0);
      if (state !== 'up') continue;
      const redis = plainClient(server.url);
      // What is held is given back; the reply to a right that was just asked for has nobody to go to any more.
      const freeMs = await msUntil(async () => (await redis.keys('ks:~f:*')).length === 0);
      judge.within('up: rights to fill left behind for, ms', freeMs, 2_000);
      redis.disconnect();
    }
    return judge.findings();
  };
