import type { Clock } from '../clock.ts';

/**
 * Calls back when the promises of this turn of the event loop have run, and what its input brought has been
 * handled: loads of one tick come to their loader after a different number of awaits, and replies that one
 * packet brought wake their callers one by one. A microtask would be too early for both. Where there is no
 * `setImmediate` (browsers), a timer of 0 ms is the next best.
 */
export const afterThisTurn = (callback: () => void, clock: Clock): void => {
  if (typeof setImmediate === 'function') setImmediate(callback);
  else clock.setTimer(callback, 0);
};
