/**
 * What every row of the fault matrix is given and gives back. The same rows run in two places: shortly, with
 * deadlines of three times the gate, in the tests beside this file; long, with random timing and the gates
 * themselves, in ../long/faults.ts.
 */
import type { Random } from '@keepsake/tooling/simulation';
import { sleep } from '../harness.ts';
import type { Subject } from './keeper.ts';

export interface Trial {
  readonly subject: Subject;
  readonly random: Random;
  /** How long a fault lasts. */
  readonly faultMs: number;
  /** Gates of time are multiplied by it: a busy machine is not at fault. */
  readonly factor: number;
}

export interface Findings {
  readonly violations: readonly string[];
  /** The worst that was measured, by what was measured. */
  readonly worst: Readonly<Record<string, number>>;
}

export type Row = (trial: Trial) => Promise<Findings>;

/** Gathers what a row finds. */
export class Judge {
  readonly violations: string[] = [];
  readonly worst: Record<string, number> = {};
  readonly #row: string;
  readonly #factor: number;

  constructor(row: string, { factor }: Trial) {
    this.#row = row;
    this.#factor = factor;
  }

  /** It must be so. */
  must(holds: boolean, otherwise: string): void {
    if (!holds) this.violations.push(`${this.#row}: ${otherwise}`);
  }

  /** Milliseconds, which may be `factor` times the gate. */
  within(what: string, ms: number, gateMs: number): void {
    this.#keep(what, ms);
    this.must(ms <= gateMs * this.#factor, `${what}: ${ms.toFixed(1)} ms, the gate is ${gateMs} ms`);
  }

  /** No call of an app may fail for what Redis does. */
  errors(errors: readonly string[]): void {
    this.#keep('errors to the app', errors.length);
    this.must(errors.length === 0, `${errors.length} errors to the app: ${errors.slice(0, 2).join('; ')}`);
  }

  /** What has no gate and is worth knowing. */
  note(what: string, measured: number): void {
    this.#keep(what, measured);
  }

  /** A count, whose gate is what it is on any machine. */
  atMost(what: string, count: number, gate: number): void {
    this.#keep(what, count);
    this.must(count <= gate, `${what}: ${count}, the gate is ${gate}`);
  }

  findings(): Findings {
    return { violations: this.violations, worst: this.worst };
  }

  #keep(what: string, measured: number): void {
    const name = `${this.#row}: ${what}`;
    this.worst[name] = Math.max(this.worst[name] ?? -Infinity, Math.round(measured * 10) / 10);
  }
}

/** What hangs longer than this hangs for ever, as far as a caller is concerned. */
const HANGING_MS = 5_000;
export const HUNG: unique symbol = Symbol('hung');

export interface Timed<T> {
  /** `HUNG`: it did not settle. */
  readonly result: T | typeof HUNG | undefined;
  readonly error: unknown;
  readonly ms: number;
}

/** Outcome and duration; never rejects. */
export const timed = async <T>(work: () => Promise<T>): Promise<Timed<T>> => {
  const startedAt = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof HUNG>((resolve) => (timer = setTimeout(resolve, HANGING_MS, HUNG)));
  let result: T | typeof HUNG | undefined;
  let error: unknown;
  try {
    result = await Promise.race([work(), late]);
  } catch (thrown) {
    error = thrown ?? new Error('it rejected with nothing');
  } finally {
    clearTimeout(timer);
  }
  return { result, error, ms: performance.now() - startedAt };
};

/** Milliseconds until something holds; as many as were allowed where it never did. */
export const msUntil = async (holds: () => Promise<boolean>, atMostMs = 20_000): Promise<number> => {
  const startedAt = performance.now();
  while (performance.now() - startedAt < atMostMs) {
    const { result } = await timed(holds);
    if (result === true) return performance.now() - startedAt;
    await sleep(5);
  }
  return atMostMs;
};

/** The value that so many per cent of the measured do not exceed. */
export const percentile = (measured: readonly number[], percent: number): number => {
  const sorted = [...measured].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0;
};
