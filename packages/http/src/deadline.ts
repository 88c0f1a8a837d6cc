import type { Clock } from '@keepsake/core';

/** What memory answers comes within so many turns of the microtask queue: no timer is made for it. */
const TURNS = 16;
const turnOver: Promise<void> = Promise.resolve();

/** What `work` gives, or `'late'` once `limitMs` have passed; the work itself goes on. */
export const withinDeadline = async <T>(
  work: Promise<T>,
  limitMs: number,
  clock: Clock,
): Promise<T | 'late'> => {
  let isSettled = false;
  const settle = (): void => {
    isSettled = true;
  };
  work.then(settle, settle);
  for (let turn = 0; turn < TURNS && !isSettled; turn += 1) await turnOver;
  return isSettled ? work : raceDeadline(work, limitMs, clock);
};

const raceDeadline = <T>(work: Promise<T>, limitMs: number, clock: Clock): Promise<T | 'late'> => {
  let timer: { cancel(): void } | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = clock.setTimer(() => resolve('late'), limitMs, 'background');
  });
  return Promise.race([work, late]).finally(() => timer?.cancel());
};
