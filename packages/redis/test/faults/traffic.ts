import { sleep } from '../harness.ts';
import type { Keeper } from './keeper.ts';
import { HUNG, timed } from './trial.ts';

/** What an app saw that went on asking. */
export interface Seen {
  calls: number;
  /** Calls that rejected or hung. */
  errors: string[];
  /** Values of another key, or older than was allowed. */
  wrong: string[];
  /** Milliseconds of each call. */
  ms: number[];
  /** Loaders that ran at once. */
  mostLoads: number;
}

/** Asks for keys by getOrSet, in `workers` loops, until it is stopped; each value says its key. */
export const startTraffic = (
  keeper: Keeper,
  { workers = 8, keys = 500 }: { workers?: number; keys?: number } = {},
): { readonly seen: Seen; stop(): Promise<Seen> } => {
  const seen: Seen = { calls: 0, errors: [], wrong: [], ms: [], mostLoads: 0 };
  let isStopped = false;
  let loads = 0;
  let next = 0;
  const load = async (key: string): Promise<string> => {
    loads += 1;
    seen.mostLoads = Math.max(seen.mostLoads, loads);
    await sleep(2);
    loads -= 1;
    return `value of ${key}`;
  };
  const loop = async (): Promise<void> => {
    while (!isStopped) {
      next += 1;
      const key = `traffic:${next % keys}`;
      const { result, error, ms } = await timed(() => keeper.getOrSet(key, () => load(key)));
      seen.calls += 1;
      seen.ms.push(ms);
      if (error !== undefined || result === HUNG) seen.errors.push(String(error ?? 'a call hung'));
      else if (result !== `value of ${key}`) seen.wrong.push(`${key}: ${String(result)}`);
      // Hits in memory would leave no turn to anybody else.
      await sleep(1);
    }
  };
  const loops = Array.from({ length: workers }, loop);
  return {
    seen,
    stop: async () => {
      isStopped = true;
      await Promise.all(loops);
      return seen;
    },
  };
};
