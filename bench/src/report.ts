/** Runs subjects interleaved, round after round, and reports medians and ratios to one of them. */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';

export interface Row {
  readonly subject: string;
  readonly version: string;
  readonly metric: string;
  readonly unit: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly ratioTo: string;
  readonly ratio: number;
  /** The most that the ratio may be; the least where `isLeast`. */
  readonly bar?: number;
  readonly isLeast?: boolean;
}

export interface Settings {
  readonly isQuick: boolean;
  readonly rounds: number;
  readonly json: string | undefined;
  /** The part of a bench that is to be run alone. */
  readonly only: string | undefined;
}

/** `--quick`, `--rounds N`, `--json FILE`, `--only PART`. */
export const readSettings = (rounds: { full: number; quick: number }): Settings => {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean' },
      rounds: { type: 'string' },
      json: { type: 'string' },
      only: { type: 'string' },
    },
  });
  const isQuick = values.quick === true;
  return {
    isQuick,
    rounds: values.rounds === undefined ? (isQuick ? rounds.quick : rounds.full) : Number(values.rounds),
    json: values.json,
    only: values.only,
  };
};

export interface Subject<M extends string> {
  readonly name: string;
  readonly version: string;
  /** One measurement; undefined where the subject has no such thing. */
  readonly run: Partial<Record<M, () => number | Promise<number>>>;
}

/** Every metric, every round, every subject once, in an order that turns by one from round to round. */
export const measure = async <M extends string>(
  subjects: readonly Subject<M>[],
  metrics: Readonly<Record<M, string>>,
  reference: string,
  { rounds }: Settings,
): Promise<Row[]> => {
  const samples = new Map<string, number[]>();
  const names = Object.keys(metrics) as M[];
  for (let round = 0; round < rounds; round += 1) {
    for (const metric of names) {
      for (let i = 0; i < subjects.length; i += 1) {
        const subject = subjects[(i + round) % subjects.length];
        const sample = await subject?.run[metric]?.();
        if (subject && sample !== undefined) {
          const id = `${subject.name}\u0000${metric}`;
          samples.set(id, [...(samples.get(id) ?? []), sample]);
        }
      }
    }
    process.stderr.write(`\rround ${round + 1} of ${rounds} `);
  }
  process.stderr.write('\n');
  const middle = (id: string): number => median(samples.get(id) ?? []);
  return names.flatMap((metric) =>
    subjects.flatMap(({ name, version }) => {
      const own = samples.get(`${name}\u0000${metric}`);
      if (!own) return [];
      return [
        {
          subject: name,
          version,
          metric,
          unit: metrics[metric],
          median: median(own),
          min: Math.min(...own),
          max: Math.max(...own),
          ratioTo: reference,
          ratio: median(own) / middle(`${reference}\u0000${metric}`),
        },
      ];
    }),
  );
};

export const publish = (
  name: string,
  rows: readonly Row[],
  { rounds, json }: Settings,
  redis?: string,
): void => {
  const cpu = cpus()[0]?.model ?? 'unknown';
  console.log(`${name}: node ${process.version}, ${cpu}, ${rounds} interleaved rounds, medians`);
  for (const metric of new Set(rows.map((row) => row.metric))) {
    console.log(`\n${metric}`);
    for (const row of rows.filter((one) => one.metric === metric)) {
      const label = `${row.subject} ${row.version}`.padEnd(44);
      const value = `${round(row.median)} ${row.unit}`.padStart(16);
      const { bar, isLeast } = row;
      const isMet = bar !== undefined && (isLeast ? row.ratio >= bar : row.ratio <= bar);
      const verdict = bar === undefined ? '' : ` (bar ${round(bar)}, ${isMet ? 'met' : 'missed'})`;
      console.log(`  ${label}${value}  ${row.ratio.toFixed(2)} x ${row.ratioTo}${verdict}`);
    }
  }
  const date = new Date().toISOString();
  if (json)
    writeFileSync(
      json,
      `${JSON.stringify({ name, date, node: process.version, cpu, ...(redis && { redis }), rounds, rows }, null, 2)}\n`,
    );
};

export const median = (numbers: readonly number[]): number => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
};

const round = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
