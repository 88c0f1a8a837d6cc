import { setImmediate } from 'node:timers/promises';
import type { Scheduler } from 'fast-check';
import type { FakeClock } from '@keepsake/core/testing';

/** Turns of the clock that may pass with nothing to schedule before a race counts as stuck. */
const PATIENCE = 40;
const TURN_MS = 50;

/**
 * Lets the scheduler choose until `work` has ended and nothing is left. Before each choice everything runs that
 * can run, so that each choice is among all that could come next. Where only a timer is waited for, time passes.
 */
export const drive = async (
  scheduler: Scheduler,
  clock: FakeClock,
  work: Promise<unknown>,
): Promise<void> => {
  let outcome: { error: unknown } | 'done' | undefined;
  work.then(
    () => (outcome = 'done'),
    (error: unknown) => (outcome = { error }),
  );
  for (let idle = 0; ;) {
    await setImmediate();
    if (scheduler.count() > 0) {
      idle = 0;
      await scheduler.waitNext(1);
    } else if (outcome !== undefined) {
      break;
    } else {
      if (idle === PATIENCE) throw new Error('nothing is left to happen, and a call has not ended');
      idle += 1;
      await clock.advance(TURN_MS);
    }
  }
  if (outcome !== 'done') throw outcome.error;
};
