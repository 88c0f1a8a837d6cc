import type { Clock } from '../clock.ts';
import { CacheError } from '../errors.ts';

/** A timer that fires so much too late shows that this process stood still, not that the other was slow. */
const STALL_MS = 100;

/**
 * Settles as `work` does, or rejects with ERR_TIMEOUT after `ms` (`what`: whose) or with the signal's reason when it
 * aborts, whichever comes first; what `work` does later is ignored. Nothing is left behind. What came while
 * this process was busy is looked at first.
 */
export const within = <T>(
  work: Promise<T>,
  clock: Clock,
  ms: number,
  what: string,
  signal?: AbortSignal,
  onTimeout?: (error: CacheError) => void,
): Promise<T> => {
  if (ms === Infinity && !signal) return work;
  return new Promise<T>((resolve, reject) => {
    const startMs = clock.now();
    const end = (): void => {
      timer?.cancel();
      signal?.removeEventListener('abort', abort);
    };
    const fail = (error: unknown): void => {
      end();
      reject(error);
    };
    const abort = (): void => fail(signal?.reason);
    const late = (): void => {
      const error = new CacheError('ERR_TIMEOUT', `${what}: no answer in ${ms} ms`);
      onTimeout?.(error);
      fail(error);
    };
    const due = (): void => {
      const hasStalled = clock.now() - startMs - ms > STALL_MS;
      // At least once more round the event loop: the answer may lie unread in its socket.
      timer = clock.setTimer(late, hasStalled ? STALL_MS : 0);
    };
    let timer = ms === Infinity ? undefined : clock.setTimer(due, ms);
    signal?.addEventListener('abort', abort, { once: true });
    work.then((value) => {
      end();
      resolve(value);
    }, fail);
  });
};
