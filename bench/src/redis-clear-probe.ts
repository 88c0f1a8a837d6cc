/** Asks one key over and over until it is told to end, and says what the slowest answer took. */
import { Redis } from 'ioredis';

const redis = new Redis(process.argv[2] ?? '');
let isOver = false;
process.on('message', () => {
  isOver = true;
});
await redis.set('probe', 'x');
for (let i = 0; i < 1_000; i += 1) await redis.get('probe');
process.send?.('ready');
let worstMs = 0;
while (!isOver) {
  const before = performance.now();
  await redis.get('probe');
  worstMs = Math.max(worstMs, performance.now() - before);
}
await redis.quit();
process.send?.({ worstMs }, () => process.disconnect());
