import type { Clock } from '@keepsake/core';

/** What `work` gives, or `'late'` once `limitMs` have passed; the work itself goes on. */
export const withinDeadline = <T>(work: Promise<T>, limitMs: number, clock: Clock): Promise<T | 'late'> => {
  let timer: { cancel(): void } | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = clock.setTimer(() => resolve('late'), limitMs, 'background');
  });
  return Promise.race([work, late]).finally(() => timer?.cancel());
};
