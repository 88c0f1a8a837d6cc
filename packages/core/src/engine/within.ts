import type { Clock } from '../clock.ts';

/**
 * Settles as `work` does, or rejects with `timeoutError()` after `ms` or with the signal's reason when it
 * aborts, whichever comes first; what `work` does later is ignored. Nothing is left behind.
 */
export const within = <T>(
  work: Promise<T>,
  clock: Clock,
  ms: number,
  timeoutError: () => unknown,
  signal?: AbortSignal,
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
    const timer = ms === Infinity ? undefined : clock.setTimer(() => fail(timeoutError()), ms);
    signal?.addEventListener('abort', abort, { once: true });
    work.then((value) => {
      end();
      resolve(value);
    }, fail);
  });
};
