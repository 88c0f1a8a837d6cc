/**
 * The miss-ratio curve: how far it lies from the true one on three traces, and what it costs a cache that it is
 * the sampler of. Exits 1 where the mean error exceeds its bar; never on a speed.
 */
import { type Accuracy, measureAccuracy } from './curve-accuracy.ts';
import { measureCost } from './curve-cost.ts';
import { publish, readSettings, type Row } from './report.ts';
import { mixed, numbered, shifting, zipf } from './traces.ts';

const ERROR_BAR = 2;
const COST_BAR = 1.02;

const settings = readSettings({ full: 40, quick: 10 });
const size = settings.isQuick ? { keys: 50_000, accesses: 300_000 } : { keys: 200_000, accesses: 2_000_000 };

const traces: [string, Uint32Array][] = [
  ['zipf 1.0', zipf(size.keys, 1, size.accesses, 11)],
  ['shifting hot set', shifting(size, 12)],
  ['zipf, loops, scans', mixed(size, 13)],
];
const accuracies = traces.map(([name, trace]): [string, Accuracy] => {
  const { keys, distinct } = numbered(trace);
  return [name, measureAccuracy(keys, distinct)];
});

const { rows: costs, ratio: cost, noise, sampled } = await measureCost(size.keys, settings);

const errorRow = (metric: string, error: number): Row => ({
  subject: 'miss-ratio curve',
  version: '',
  metric,
  unit: 'points',
  median: error,
  min: error,
  max: error,
  ratioTo: `the bar of ${ERROR_BAR} points`,
  ratio: error / ERROR_BAR,
});
const errors = accuracies.flatMap(([name, { meanError, maxError }]) => [
  errorRow(`mean error, ${name}`, meanError),
  errorRow(`greatest error, ${name}`, maxError),
]);
publish('curve', [...costs, ...errors], settings);

console.log('\nHit ratio of s3-fifo less that of LRU, in points, by room in % of the footprint');
for (const [name, { s3FifoOverLru }] of accuracies) {
  const cells = [...s3FifoOverLru].map(([percent, points]) => `${percent} %: ${points.toFixed(1)}`);
  console.log(`  ${name.padEnd(24)}${cells.join('   ')}`);
}

console.log('');
const verdicts = accuracies.map(([name, { meanError, maxError }]) => {
  const isMet = meanError <= ERROR_BAR;
  const figures = `mean error ${meanError.toFixed(2)}, greatest ${maxError.toFixed(2)} points`;
  console.log(`${isMet ? 'PASS' : 'FAIL'}  ${name}: ${figures}; the mean at most ${ERROR_BAR}`);
  return isMet;
});
const figures = `${cost.toFixed(3)} x, at most ${COST_BAR}; two caches without differ by ${noise.toFixed(3)} x`;
console.log(`${cost <= COST_BAR ? 'PASS' : 'FAIL'}  cost: ${figures}; ${sampled} keys sampled`);
process.exit(verdicts.every(Boolean) ? 0 : 1);
