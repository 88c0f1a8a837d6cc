/**
 * Six processes change registers under locks, while they and the server of the locks are stopped at random, for up to
 * three times the TTL. Whose updates are lost, and did two processes hold a lock at once by their own checks?
 */
import { fileURLToPath } from 'node:url';
import { checkLockHistory, type LockVerdict } from '../../tooling/lock-history/check-history.ts';
import type { ContestRules } from '../../tooling/lock-history/contending-process.ts';
import { holdContest } from '../../tooling/lock-history/contest.ts';
import { startChild } from '../../tooling/children/child.ts';
import { startRedis } from '../../tooling/servers/redis-server.ts';
import { Random } from '../../tooling/simulation/random.ts';
import type { Outcomes } from './races-outcome.ts';
import { SUBJECTS } from './races-locks-subjects.ts';
import type { Settings } from './report.ts';

const PROGRAM = fileURLToPath(new URL('races-locks-process.ts', import.meta.url));
const PROCESSES = 6;
const NAMES = ['a', 'b'];
const TTL_MS = 500;
const WAIT_MS = 4_000;
const SEED = 1;

const contest = async (subject: string, seconds: number): Promise<Outcomes> => {
  await using server = await startRedis();
  await using database = await startRedis();
  const children = Array.from({ length: PROCESSES }, (_, at) => {
    const rules: ContestRules = {
      subject,
      url: server.url,
      databaseUrl: database.url,
      process: at,
      seed: SEED * 31 + at,
      names: NAMES,
      ttlMs: TTL_MS,
      waitMs: WAIT_MS,
    };
    return startChild(PROGRAM, [JSON.stringify(rules)]);
  });
  try {
    const { events } = await holdContest({
      server,
      children,
      proxies: [],
      random: new Random(SEED),
      ttlMs: TTL_MS,
      seconds,
    });
    return outcomesOf(subject, checkLockHistory(events, { judgesUnguarded: false }));
  } finally {
    for (const child of children) child.process.kill('SIGKILL');
    await Promise.all(children.map(({ ended }) => ended));
  }
};

const UNGUARDED = 'updates lost, no guard';
const GUARDED = 'updates lost, guarded by the fence';
const TWO_HOLDERS = 'two holders at once by their own checks';

const outcomesOf = (name: string, verdict: LockVerdict): Outcomes => {
  const { writes, guardedWrites, lostUnguarded, lostGuarded, overlaps } = verdict;
  const share = (lost: number, of: number): string => `${lost === 0 ? 'right: ' : ''}${lost} of ${of}`;
  return {
    name,
    outcomes: {
      [UNGUARDED]: share(lostUnguarded, writes - guardedWrites),
      [GUARDED]: guardedWrites === 0 ? 'has no fences' : share(lostGuarded, guardedWrites),
      [TWO_HOLDERS]: overlaps === 0 ? 'right: never' : `${overlaps} times`,
    },
  };
};

/** No guard: a process can be stopped between its check and its write, whatever the lock; that is what fences are for. */
export const isLockRight = ({ outcomes }: Outcomes): boolean =>
  [GUARDED, TWO_HOLDERS].every((name) => outcomes[name]?.startsWith('right') === true);

/** One library after the other; the first is Keepsake. */
export const racesOfLocks = async ({ isQuick }: Settings): Promise<Outcomes[]> => {
  const results: Outcomes[] = [];
  for (const name of Object.keys(SUBJECTS)) results.push(await contest(name, isQuick ? 20 : 60));
  return results;
};
