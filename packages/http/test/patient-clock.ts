import { type Clock, systemClock } from '@keepsake/core';

/** Deadlines ten times as long: on a busy machine a store that is slow is not to be passed by. */
export const patientClock: Clock = {
  ...systemClock,
  setTimer: (callback, delayMs, kind) => systemClock.setTimer(callback, delayMs * 10, kind),
};
