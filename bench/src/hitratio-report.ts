/** Tables and verdicts of the hit ratios. */
import type { Row } from './report.ts';
import { LRU, OURS, type Subject } from './hitratio-subjects.ts';
import type { Trace } from './traces.ts';

/** A trace at a size: what each had, in percent. */
export interface Point {
  readonly trace: Trace;
  readonly share: number;
  readonly entries: number;
  readonly optimum: number;
  readonly ratios: ReadonlyMap<string, number>;
}

const BAR = 0.5;

export const printTrace = (points: readonly Point[]): void => {
  const [first] = points;
  if (!first) return;
  const { trace } = first;
  console.log(`\n${trace.name}: ${trace.keys.length} accesses, ${trace.distinct} keys; hit ratio in %`);
  const line = (name: string, of: (point: Point) => number | undefined): void => {
    const cells = points.map((point) => of(point)?.toFixed(2) ?? '-');
    console.log(`  ${name.padEnd(38)}${cells.map((cell) => cell.padStart(10)).join('')}`);
  };
  console.log(`  ${'room'.padEnd(38)}${points.map(({ share }) => `${share} %`.padStart(10)).join('')}`);
  for (const name of first.ratios.keys()) line(name, ({ ratios }) => ratios.get(name));
  line('Belady', ({ optimum }) => optimum);
};

interface Standing {
  readonly name: string;
  readonly points: number;
  readonly meanGap: number;
  readonly worstAgainstLru: number;
}

/** How far each is from the best at each point, and from LRU where it is furthest below. */
export const standings = (points: readonly Point[], subjects: readonly Subject[]): Standing[] =>
  subjects.map(({ name }) => {
    const own = points.flatMap(({ ratios }) => {
      const ratio = ratios.get(name);
      if (ratio === undefined) return [];
      return [{ gap: Math.max(...ratios.values()) - ratio, overLru: ratio - (ratios.get(LRU) ?? NaN) }];
    });
    return {
      name,
      points: own.length,
      meanGap: own.reduce((sum, { gap }) => sum + gap, 0) / own.length,
      worstAgainstLru: Math.min(...own.map(({ overLru }) => overLru)),
    };
  });

export const printStandings = (title: string, all: readonly Standing[]): void => {
  console.log(`\n${title}: mean gap to the best at each point, and worst point against ${LRU}, in points`);
  for (const { name, points, meanGap, worstAgainstLru } of all) {
    if (points === 0) continue;
    const cells = [meanGap, worstAgainstLru].map((one) => one.toFixed(2).padStart(10)).join('');
    console.log(`  ${name.padEnd(38)}${cells}   over ${points} points`);
  }
};

/** Whether ours is inside the bars on what applications do; says so. */
export const judge = (all: readonly Standing[]): boolean => {
  const ours = all.find(({ name }) => name === OURS);
  if (!ours || ours.points === 0) return true;
  const say = (isMet: boolean, what: string): boolean => {
    console.log(`${isMet ? 'PASS' : 'FAIL'}  ${what}`);
    return isMet;
  };
  console.log('');
  const isNear = say(
    ours.meanGap <= BAR,
    `${OURS} on applications' traces: mean gap to the best ${ours.meanGap.toFixed(2)}, at most ${BAR}`,
  );
  const isSafe = say(
    ours.worstAgainstLru >= -BAR,
    `${OURS} on applications' traces: worst point against ${LRU} ${ours.worstAgainstLru.toFixed(2)}, at least -${BAR}`,
  );
  return isNear && isSafe;
};

export const rowsOf = (points: readonly Point[], subjects: readonly Subject[]): Row[] =>
  points.flatMap(({ trace, share, ratios, optimum }) => {
    const versions = new Map(subjects.map(({ name, version }) => [name, version]));
    return [...ratios, ['Belady', optimum] as const].map(([subject, ratio]) => ({
      subject,
      version: versions.get(subject) ?? '',
      metric: `${trace.name} at ${share} %`,
      unit: '%',
      median: ratio,
      min: ratio,
      max: ratio,
      ratioTo: LRU,
      // Where LRU has none there is no ratio.
      ratio: ratio / (ratios.get(LRU) || NaN),
    }));
  });
