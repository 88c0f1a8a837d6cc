/**
 * Hit ratios of our policies, of rivals and of the optimum, on generated traces and on those of TRACE_DIR
 * (see trace-files.ts). Deterministic: one run is enough. Exits 1 where the default policy misses its bars on
 * the generated traces of applications.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { optimalHits } from './hitratio-belady.ts';
import { judge, type Point, printStandings, printTrace, rowsOf, standings } from './hitratio-report.ts';
import { type Room, subjects } from './hitratio-subjects.ts';
import { readSettings } from './report.ts';
import { readTraces } from './trace-files.ts';
import { generatedTraces, type Trace } from './traces.ts';

/** Percent of the footprint: of the keys, or of their bytes. */
const SHARES = [0.1, 1, 5, 20];
const FULL = { keys: 100_000, accesses: 1_000_000 };
const QUICK = { keys: 20_000, accesses: 200_000 };

const settings = readSettings({ full: 1, quick: 1 });
const folder = process.env['TRACE_DIR'];

const roomFor = ({ distinct, bytes }: Trace, share: number): Room => {
  const entries = Math.max(1, Math.round((distinct * share) / 100));
  if (!bytes) return { entries };
  const footprint = bytes.reduce((sum, one) => sum + one, 0);
  return { entries: distinct, bytes: Math.round((footprint * share) / 100) };
};

const pointOf = (trace: Trace, share: number): Point => {
  const room = roomFor(trace, share);
  const percent = (hits: number): number => (hits / trace.keys.length) * 100;
  const ratios = subjects.flatMap(({ name, hits }): [string, number][] => {
    const count = hits(trace, room);
    return count === undefined ? [] : [[name, percent(count)]];
  });
  return {
    trace,
    share,
    entries: room.entries,
    optimum: percent(optimalHits(trace, room)),
    ratios: new Map(ratios),
  };
};

const points: Point[] = [];
const run = (trace: Trace): void => {
  const own = SHARES.map((share) => pointOf(trace, share));
  printTrace(own);
  points.push(...own);
};
generatedTraces(settings.isQuick ? QUICK : FULL).forEach(run);
if (folder !== undefined) readTraces(folder).forEach(run);

const ofKind = (kind: Trace['kind']): Point[] => points.filter(({ trace }) => trace.kind === kind);
const applications = standings(ofKind('application'), subjects);
printStandings("Applications' traces", applications);
printStandings('Loops, scans and abrupt changes', standings(ofKind('adverse'), subjects));
if (folder !== undefined) printStandings(folder, standings(ofKind('file'), subjects));
const isMet = judge(applications);
if (settings.json !== undefined) {
  const about = { name: 'hitratio', date: new Date().toISOString(), node: process.version };
  const report = { ...about, cpu: cpus()[0]?.model ?? 'unknown', rounds: 1, rows: rowsOf(points, subjects) };
  writeFileSync(settings.json, `${JSON.stringify(report, null, 2)}\n`);
}
process.exit(isMet ? 0 : 1);
