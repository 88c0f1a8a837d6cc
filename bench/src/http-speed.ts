/**
 * Hits per second, p99 and processor time a request of every subject. Each is a server in a process of its own that
 * lives through all rounds; they take turns. Ratios are medians of the ratios within a round.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { applyLoad } from './http-client.ts';
import { SAMPLES, type Size } from './http-replies.ts';
import { RIVALS } from './http-rivals.ts';
import { type HttpSubject, OWN_SUBJECTS } from './http-subjects.ts';
import { median, type Row, type Settings } from './report.ts';

const SUBJECTS: Readonly<Record<string, HttpSubject>> = { ...OWN_SUBJECTS, ...RIVALS };
const CONNECTIONS = 64;

interface Measurement {
  readonly title: string;
  readonly size: Size;
  readonly isConditional: boolean;
}

const measurements: readonly Measurement[] = [
  { title: '2 kB', size: '2 kB', isConditional: false },
  { title: '50 kB', size: '50 kB', isConditional: false },
  { title: '200 kB', size: '200 kB', isConditional: false },
  { title: '304', size: '2 kB', isConditional: true },
];

type Figure = 'hits' | 'p99' | 'cpu';
type Samples = Map<string, number[]>;
const idOf = (subject: string, title: string, figure: Figure): string =>
  [subject, title, figure].join('\u0000');

interface Worker {
  readonly child: ChildProcess;
  readonly port: number;
}

export const speedRows = async (redisUrl: string, settings: Settings): Promise<Row[]> => {
  const workers = new Map<string, Worker>();
  try {
    for (const name of Object.keys(SUBJECTS)) {
      if (settings.only === undefined || name.startsWith(settings.only)) {
        workers.set(name, await startWorker(name, redisUrl));
      }
    }
    const samples = await takeTurns(workers, settings);
    return measurements.flatMap(({ title }) =>
      [...workers.keys()].flatMap((name) => rowsOf(name, title, samples)),
    );
  } finally {
    await Promise.all([...workers.values()].map(endWorker));
  }
};

const takeTurns = async (
  workers: ReadonlyMap<string, Worker>,
  { isQuick, rounds }: Settings,
): Promise<Samples> => {
  const samples: Samples = new Map();
  const add = (id: string, value: number): void => void samples.set(id, [...(samples.get(id) ?? []), value]);
  const names = [...workers.keys()];
  // The first time fills the caches and warms the code up.
  for (let round = -1; round < rounds; round += 1) {
    for (const measurement of measurements) {
      for (let i = 0; i < names.length; i += 1) {
        const name = names[(i + round + names.length) % names.length] ?? '';
        const worker = workers.get(name);
        if (!worker) continue;
        const figures = await measureOnce(worker, measurement, round < 0 || isQuick ? 300 : 1_000).catch(
          (error: unknown) => {
            throw new Error(`${name}, ${measurement.title}`, { cause: error });
          },
        );
        if (round < 0 || !figures) continue;
        for (const [figure, value] of Object.entries(figures)) {
          add(idOf(name, measurement.title, figure as Figure), value);
        }
      }
    }
    process.stderr.write(`\rround ${round + 1} of ${rounds} `);
  }
  process.stderr.write('\n');
  return samples;
};

/** Undefined where the subject never answers so. */
const measureOnce = async (
  { child, port }: Worker,
  { size, isConditional }: Measurement,
  ms: number,
): Promise<Record<Figure, number> | undefined> => {
  const { path, body, etag } = SAMPLES[size];
  const headers: Record<string, string> = isConditional ? { 'If-None-Match': etag } : {};
  const expect = isConditional ? { status: 304, bytes: 0 } : { status: 200, bytes: body.byteLength };
  const before = await cpuOf(child);
  const load = { port, path, headers, connections: CONNECTIONS, ms, expect };
  const measured = await applyLoad(load).catch((error: unknown) => {
    // A subject that answers a condition with 200 is told by its missing row.
    if (isConditional && String(error).includes('got 200')) return undefined;
    throw error;
  });
  if (!measured || measured.perSecond === 0) return undefined;
  const cpuUs = (await cpuOf(child)) - before;
  const requests = (measured.perSecond * ms) / 1_000;
  return { hits: measured.perSecond, p99: measured.p99Ms, cpu: cpuUs / requests };
};

const UNITS: Readonly<Record<Figure, string>> = { hits: 'per s', p99: 'ms', cpu: 'us cpu' };

const rowsOf = (name: string, title: string, samples: Samples): Row[] =>
  (Object.keys(UNITS) as Figure[]).flatMap((figure) => {
    const own = samples.get(idOf(name, title, figure));
    if (!own) return [];
    const subject = SUBJECTS[name];
    return [[subject?.baseline ?? name], name.endsWith('Redis alone') ? ['node, keepsake'] : []]
      .flat()
      .flatMap((to) => {
        const reference = samples.get(idOf(to, title, figure));
        if (!reference) return [];
        const bar = barOf(name, title, figure, to);
        return [
          {
            subject: name,
            version: subject?.version ?? '',
            metric: `${title}, ${figure}${to === subject?.baseline ? '' : `, to "${to}"`}`,
            unit: UNITS[figure],
            median: median(own),
            min: Math.min(...own),
            max: Math.max(...own),
            ratioTo: to,
            ratio: median(own.map((value, round) => value / (reference[round] ?? NaN))),
            ...(bar !== undefined && { bar, isLeast: figure === 'hits' }),
          },
        ];
      });
  });

const REDIS_BARS: Readonly<Record<string, number>> = { '2 kB': 0.7, '50 kB': 0.4, '200 kB': 0.2 };

const barOf = (name: string, title: string, figure: Figure, to: string): number | undefined => {
  if (!name.includes('keepsake') || figure === 'cpu') return undefined;
  if (name.endsWith('Redis alone'))
    return figure === 'hits' && to === 'node, keepsake' ? REDIS_BARS[title] : undefined;
  if (figure === 'p99') return 2;
  return name.startsWith('hono') || name.startsWith('fetch') ? 0.7 : 0.9;
};

const program = fileURLToPath(new URL('http-worker.ts', import.meta.url));

const startWorker = async (name: string, redisUrl: string): Promise<Worker> => {
  const child = fork(program, [name, redisUrl]);
  const { port } = (await answerOf(child)) as { port: number };
  return { child, port };
};

const cpuOf = async (child: ChildProcess): Promise<number> => {
  child.send('cpu');
  return ((await answerOf(child)) as { cpuUs: number }).cpuUs;
};

const answerOf = async (child: ChildProcess): Promise<unknown> => {
  const ended = new AbortController();
  const exit = once(child, 'exit', { signal: ended.signal }).then(() => {
    throw new Error('the server ended');
  });
  try {
    const [message] = (await Promise.race([once(child, 'message'), exit])) as [unknown];
    return message;
  } finally {
    ended.abort();
    exit.catch(() => undefined);
  }
};

const endWorker = async ({ child }: Worker): Promise<void> => {
  if (child.exitCode !== null) return;
  const gone = once(child, 'exit');
  child.send('end');
  const timer = setTimeout(() => child.kill('SIGKILL'), 3_000);
  await gone.finally(() => clearTimeout(timer));
};
