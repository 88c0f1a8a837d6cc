import type { Clock } from '../clock.ts';
import { CacheError } from '../errors.ts';

/**
 * Settles as `work` does, or rejects with ERR_TIMEOUT after `ms` (`what`: whose) or with the signal's reason when it
 * aborts, whichever comes first; what `work` does later is ignored. Nothing is left behind.
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
    const timer = ms === Infinity ? undefined : clock.setTimer(late, ms);
    signal?.addEventListener('abort', abort, { once: true });
    work.then((value) => {
      end();
      resolve(value);
    }, fail);
  });
};
