import type { Clock } from '../clock.ts';
import { CacheError } from '../errors.ts';
import type { Flight, Landing } from './flight.ts';

/** Joins a flight for at most `deadlineMs`, and while `signal` has not aborted; leaving early rejects. */
export const joinWithin = async (
  flight: Flight,
  signal: AbortSignal | undefined,
  deadlineMs: number,
  clock: Clock,
): Promise<Landing> => {
  if (deadlineMs === Infinity) return flight.join(signal);
  const leave = new AbortController();
  const timer = clock.setTimer(
    () => leave.abort(new CacheError('ERR_TIMEOUT', `getOrSet: no value in ${deadlineMs} ms`)),
    deadlineMs,
  );
  const forward = (): void => leave.abort(signal?.reason);
  signal?.addEventListener('abort', forward, { once: true });
  try {
    return await flight.join(leave.signal);
  } finally {
    timer.cancel();
    signal?.removeEventListener('abort', forward);
  }
};
