/** 1,000 callers in 8 processes want one key at once: what does each hand-over cost the server? */
import { SUBJECTS } from './locks-subjects.ts';
import type { Figures, Order } from './locks-worker.ts';
import { startMeasuringWorker } from './measuring-worker.ts';
import { measure, type Row, type Settings } from './report.ts';

const PROCESSES = 8;
const WAITERS = 1_000;
const BAR = 5;
const MOST_ROUNDS = 3;

const OPERATIONS = 'commands a hand-over, 1,000 waiters in 8 processes';
const HAD = 'hand-overs of 1,000 within 8 s';

const PROGRAM = new URL('locks-worker.ts', import.meta.url);

/** Processes are started anew each time: those that gave up still poll. */
const stampede = async (name: string, url: string): Promise<{ commands: number; had: number }> => {
  const workers = await Promise.all(
    Array.from({ length: PROCESSES }, () => startMeasuringWorker<Order, Figures>(PROGRAM, [name, url])),
  );
  try {
    const order = { act: 'herd', operations: WAITERS / PROCESSES } as const;
    const figures = await Promise.all(workers.map((worker) => worker.ask(order)));
    const sum = (figure: string): number => figures.reduce((total, one) => total + (one?.[figure] ?? NaN), 0);
    return { commands: sum('commands'), had: sum('had') };
  } finally {
    await Promise.all(workers.map((worker) => worker.end()));
  }
};

export const herdRows = async (url: string, settings: Settings): Promise<Row[]> => {
  const rounds = Math.min(MOST_ROUNDS, settings.rounds);
  const subjects = Object.entries(SUBJECTS)
    .filter(([, { kind }]) => kind === 'redis')
    .map(([name, { version }]) => {
      // Both figures come from the same run.
      let last = { commands: NaN, had: NaN };
      return {
        name,
        version,
        run: {
          [OPERATIONS]: async () => {
            last = await stampede(name, url);
            return last.commands / last.had;
          },
          [HAD]: () => last.had,
        },
      };
    });
  const rows = await measure(subjects, { [OPERATIONS]: '', [HAD]: '' }, 'keepsake', { ...settings, rounds });
  return rows.map((row) =>
    row.metric === OPERATIONS
      ? {
          ...row,
          ratioTo: 'one command',
          ratio: row.median,
          ...(row.subject === 'keepsake' && { bar: BAR }),
        }
      : { ...row, ratioTo: 'all', ratio: row.median / WAITERS },
  );
};
