/* An app under load that closes its cache on SIGTERM and ends by itself, saying what still was open. */
import { setTimeout as sleep } from 'node:timers/promises';
import { subjectNamed } from '../subjects.ts';

const [url = '', subject = 'ours'] = process.argv.slice(2);
const cache = subjectNamed(subject).open(url);
let isEnding = false;
let rejections = 0;
process.on('unhandledRejection', () => (rejections += 1));

const worker = async (n: number): Promise<void> => {
  for (let i = 0; !isEnding; i += 1) {
    const key = `k${n}:${i % 100}`;
    const calls = [
      cache.getOrSet(key, () => sleep(5, 'made')),
      cache.set(`${key}:set`, i),
      cache.delete(key),
      cache.increment('n'),
    ];
    await Promise.allSettled(calls);
    await sleep(1);
  }
};

const workers = Array.from({ length: 20 }, (_, n) => worker(n));
// Loads that outlive the cache: what they hold is given back before.
const slow = Array.from({ length: 20 }, (_, i) => cache.getOrSet(`slow:${i}`, () => sleep(700, 'late')));

process.once('SIGTERM', () => {
  void (async () => {
    const startedAt = performance.now();
    isEnding = true;
    await cache.close();
    await Promise.allSettled([...workers, ...slow]);
    const closeMs = performance.now() - startedAt;
    // The client gives its old sockets 200 ms to close.
    await sleep(300);
    // The pipe to whoever started it is its own.
    const handles = process
      .getActiveResourcesInfo()
      .filter((kind) => !/^(PipeWrap|SignalWrap|TTYWrap)$/.test(kind));
    console.log(JSON.stringify({ closeMs, handles, rejections }));
  })();
});
await sleep(300);
console.log('ready');
