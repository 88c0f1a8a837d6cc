import { expect } from 'vitest';
import { Random } from '@keepsake/tooling/simulation';
import { subjectNamed } from './subjects.ts';
import type { Row } from './trial.ts';

/** A busy machine may take this many times what a gate allows. */
const FACTOR = 3;
const FAULT_MS = 1_000;
const SEED = 20_261_128;

/** A row as the tests run it: a short fault, deadlines with a factor. */
export const expectToHold = async (row: Row, faultMs: number = FAULT_MS): Promise<void> => {
  const trial = { subject: subjectNamed('ours'), random: new Random(SEED), faultMs, factor: FACTOR };
  expect((await row(trial)).violations).toEqual([]);
};

/** A row is of use only if it finds out who does not hold. */
export const expectToCatch = async (row: Row, subject: string, faultMs: number = FAULT_MS): Promise<void> => {
  const trial = { subject: subjectNamed(subject), random: new Random(SEED), faultMs, factor: FACTOR };
  expect((await row(trial)).violations).not.toEqual([]);
};
