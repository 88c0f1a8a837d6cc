/**
 * The rows of the fault matrix again and again, with other timing each time, and with the gates as they are
 * written: a count is one trial of one row.
 */
import { bundle } from '@keepsake/tooling/children';
import type { LongTest } from '@keepsake/tooling/long-test';
import { rowsOf } from '../faults/rows.ts';
import { MUTANTS, subjectNamed } from '../faults/subjects.ts';
import { Random } from '@keepsake/tooling/simulation';

/** A fault lasts from a half to all of it. */
const FAULT_MS = 10_000;
/** As long as the matrix wants an app to run at full speed in front of a dead Redis. */
const DEAD_MS = 60_000;
/** Broken subjects are found out in less. */
const MUTANT_FAULT_MS = 2_000;

const ROWS = 18;

/** What `pnpm test:long faults` runs. */
export const longTest: LongTest = {
  unit: 'trials',
  count: ROWS * 3,
  mutantCount: 3,
  mutants: MUTANTS,
  run: async ({ subject: name, seed, count, onProgress }) => {
    const subject = subjectNamed(name);
    const app = await bundle(new URL('../faults/children/app.ts', import.meta.url));
    const { mustFail } = subject;
    const rows = [...rowsOf(app)].filter(([number]) => mustFail === undefined || number === mustFail);
    const random = new Random(seed);
    const violations: string[] = [];
    const worst: Record<string, number> = {};
    let done = 0;
    let unhandled = 0;
    const hear = (): void => void (unhandled += 1);
    process.on('unhandledRejection', hear);
    try {
      while (done < count && (name === 'ours' || violations.length === 0)) {
        const [number, row] = rows[done % rows.length] ?? [0, undefined];
        const mostMs = name !== 'ours' ? MUTANT_FAULT_MS : FAULT_MS;
        const faultMs = number === 36 && name === 'ours' ? DEAD_MS : mostMs / 2 + random.below(mostMs / 2);
        const found = await row?.({ subject, random, faultMs, factor: 1 });
        for (const [what, measured] of Object.entries(found?.worst ?? {})) {
          worst[what] = Math.max(worst[what] ?? -Infinity, measured);
        }
        violations.push(...(found?.violations ?? []));
        done += 1;
        onProgress(done);
      }
    } finally {
      process.off('unhandledRejection', hear);
      await app.close();
    }
    worst['unhandled rejections'] = unhandled;
    if (unhandled > 0 && name === 'ours') violations.push(`${unhandled} unhandled rejections`);
    return { count: done, violations, worst };
  },
};
