/**
 * A stampede: many callers that want the same missing value at once. 10,000 in one process with memory alone, and as
 * many in 8 processes on one Redis. How long beyond the loader until all have their answers, and how often the loader
 * ran? Exits 1 where Keepsake misses a bar.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startRedis } from '../../tooling/servers/redis-server.ts';
import { measure, publish, readSettings, type Row, type Subject } from './report.ts';
import { type Fleet, startFleets } from './stampede-processes.ts';
import { MEMORY_SUBJECTS } from './stampede-subjects.ts';

const CALLERS = 10_000;
const PROCESSES = 8;
const LOAD_MS = 50;
const WARM_UP = 5;
const BARS = { aboveLoaderMs: 5, loads: 1 };

const IN_ONE = 'above the loader, 10,000 callers in one process';
const LOADS = 'loader runs, 8 processes on one Redis';
const IN_EIGHT = 'above the loader, 10,000 callers in 8 processes';

const settings = readSettings({ full: 9, quick: 3 });
let lastKey = 0;
const newKey = (): string => `hot:${(lastKey += 1)}`;

const PROGRAM = fileURLToPath(new URL('stampede-memory.ts', import.meta.url));

/** In a process of its own: beside others, one library's garbage and classes would be another's delay. */
const stampedeAlone = (name: string): number => {
  const args = ['--expose-gc', PROGRAM, name, String(CALLERS), String(LOAD_MS)];
  const run = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`${name}: ${run.stderr}`);
  return Number(run.stdout);
};

/** Both figures come from the same storm. */
const stormSubject = (fleet: Fleet): Subject<typeof LOADS | typeof IN_EIGHT> => {
  let last = { loads: NaN, ms: NaN };
  return {
    name: fleet.name,
    version: fleet.version,
    run: {
      [LOADS]: async () => {
        last = await fleet.storm(newKey(), CALLERS / PROCESSES, LOAD_MS);
        return last.loads;
      },
      [IN_EIGHT]: () => last.ms - LOAD_MS,
    },
  };
};

const inOneProcess = (): Promise<Row[]> =>
  measure(
    MEMORY_SUBJECTS.map(({ name, version }) => ({
      name,
      version,
      run: { [IN_ONE]: () => stampedeAlone(name) },
    })),
    { [IN_ONE]: 'ms' },
    'promise map',
    settings,
  );

const inEightProcesses = async (): Promise<Row[]> => {
  await using server = await startRedis();
  const fleets = await startFleets(server.url, PROCESSES);
  try {
    // A service that is stampeded has been running for a while: it is connected, and its code is compiled.
    for (let i = 0; i < WARM_UP; i += 1) {
      for (const fleet of fleets) await fleet.storm(newKey(), CALLERS / PROCESSES, LOAD_MS);
    }
    return await measure(fleets.map(stormSubject), { [LOADS]: '', [IN_EIGHT]: 'ms' }, 'keepsake', settings);
  } finally {
    await Promise.all(fleets.map((fleet) => fleet.end()));
  }
};

const rows = [...(await inOneProcess()), ...(await inEightProcesses())];
publish('stampede', rows, settings);

const ours = (metric: string): Row | undefined =>
  rows.find((row) => row.subject === 'keepsake' && row.metric === metric);
const verdicts = {
  [`${IN_ONE}: at most ${BARS.aboveLoaderMs} ms`]: (ours(IN_ONE)?.median ?? Infinity) <= BARS.aboveLoaderMs,
  [`${LOADS}: ${BARS.loads}, in every round`]: ours(LOADS)?.max === BARS.loads,
};
console.log();
for (const [bar, isMet] of Object.entries(verdicts)) console.log(`${isMet ? 'met' : 'MISSED'}: ${bar}`);
process.exit(Object.values(verdicts).every(Boolean) ? 0 : 1);
