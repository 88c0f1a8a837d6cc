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

/** A timer that fires so much too late shows that this process stood still, not that the other was slow. */
const STALL_MS = 100;

const raceDeadline = <T>(work: Promise<T>, limitMs: number, clock: Clock): Promise<T | 'late'> =>
  new Promise((resolve, reject) => {
    const startMs = clock.now();
    const late = (): void => resolve('late');
    const fire = (): void => {
      const hasStalled = clock.now() - startMs - limitMs > STALL_MS;
      // At least once more round the event loop: the answer may lie unread in its socket.
      timer = clock.setTimer(late, hasStalled ? STALL_MS : 0, 'background');
    };
    let timer = clock.setTimer(fire, limitMs, 'background');
    work.then(
      (value) => {
        timer.cancel();
        resolve(value);
      },
      (error: unknown) => {
        timer.cancel();
        reject(error);
      },
    );
  });
