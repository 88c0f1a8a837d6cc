import { CacheError, type Clock } from '@keepsake/core';

/**
 * Settles as `work` does, or rejects ERR_TIMEOUT after `timeoutMs`, which the signal that `work` is given tells, too.
 * What comes later is ignored.
 */
export const within = async <T>(
  clock: Clock,
  timeoutMs: number,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const abort = new AbortController();
  const late = new Promise<never>((_, reject) => {
    abort.signal.addEventListener('abort', () => reject(abort.signal.reason), { once: true });
  });
  const timer = clock.setTimer(
    () => abort.abort(new CacheError('ERR_TIMEOUT', `${what}: no answer within ${timeoutMs} ms`)),
    timeoutMs,
  );
  try {
    return await Promise.race([work(abort.signal), late]);
  } finally {
    timer.cancel();
  }
};
