import type { Clock } from '../clock.ts';
import { CacheError } from '../errors.ts';

/** Settles as `work` does, or rejects with ERR_TIMEOUT after `ms`; what `work` does later is ignored. */
export const withTimeout = async <T>(
  work: Promise<T>,
  ms: number,
  clock: Clock,
  what: string,
): Promise<T> => {
  if (ms === Infinity) return work;
  let timer: ReturnType<Clock['setTimer']> | undefined;
  const expiry = new Promise<never>((_, reject) => {
    timer = clock.setTimer(() => reject(new CacheError('ERR_TIMEOUT', `${what}: no answer in ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, expiry]);
  } finally {
    timer?.cancel();
  }
};
