/** How far the sampled curve lies from the true one of LRU, and the hit ratio of our own policy from that. */
import { missRatioCurve } from '@keepsake/core/curve';
import { createMemoryStore } from '@keepsake/core/memory';
import { exactLruCurve } from './curve-exact.ts';

export interface Accuracy {
  /** Over 100 sizes, from 1 to 100 % of the footprint, in points. */
  readonly meanError: number;
  readonly maxError: number;
  /** s3-fifo's hit ratio less LRU's, in points, by size in percent of the footprint. */
  readonly s3FifoOverLru: ReadonlyMap<number, number>;
}

const SIZES = [1, 5, 10, 20, 50];

const s3FifoMissRatio = (names: readonly string[], maxEntries: number): number => {
  const store = createMemoryStore<true>({ maxEntries });
  let misses = 0;
  for (const name of names) {
    if (store.get(name) !== undefined) continue;
    misses += 1;
    store.set(name, true);
  }
  return misses / names.length;
};

export const measureAccuracy = (keys: Uint32Array, distinct: number): Accuracy => {
  const exact = exactLruCurve(keys, distinct);
  const names = Array.from(keys, (key) => `user:${key}:profile`);
  const curve = missRatioCurve();
  for (const name of names) curve.record(name);
  const sizeAt = (percent: number): number => Math.max(1, Math.round((distinct * percent) / 100));
  const errors = Array.from({ length: 100 }, (_, i) => {
    const size = sizeAt(i + 1);
    return Math.abs(curve.at(size) - exact.at(size)) * 100;
  });
  const overLru = SIZES.map((percent): [number, number] => {
    const size = sizeAt(percent);
    return [percent, (exact.at(size) - s3FifoMissRatio(names, size)) * 100];
  });
  return {
    meanError: errors.reduce((sum, error) => sum + error, 0) / errors.length,
    maxError: Math.max(...errors),
    s3FifoOverLru: new Map(overLru),
  };
};
