/**
 * A load that is overtaken. The loader reads v1 and takes a while; meanwhile the source becomes v2 and the key is
 * deleted, set, or invalidated by tag. What is in the cache afterwards, and what does a caller get who comes after
 * the change? First within one process, then between two on one Redis, where messages are lost and the server
 * freezes as well, and where values have to come back as they went in. Then locks, under processes that are stopped. `--only caches|locks`
 * runs a part. Exits 1 where Keepsake is wrong in any.
 */
import { writeFileSync } from 'node:fs';
import { isLockRight, racesOfLocks } from './races-locks.ts';
import { racesInMemory } from './races-memory.ts';
import { isAllRight, show } from './races-outcome.ts';
import { racesOverRedis } from './races-redis.ts';
import { readSettings } from './report.ts';

const settings = readSettings({ full: 1, quick: 1 });
const { only } = settings;
const isWanted = (part: string): boolean => only === undefined || only === part;

const memory = isWanted('caches') ? await racesInMemory() : [];
if (memory.length > 0) show('Within one process', memory);
const redis = isWanted('caches') ? await racesOverRedis() : [];
if (redis.length > 0) show('Two processes on one Redis, memory in front of it in each', redis);
const locks = isWanted('locks') ? await racesOfLocks(settings) : [];
if (locks.length > 0) show('Six processes under locks; they and the server are stopped at random', locks);
if (settings.json) {
  const report = {
    name: 'races',
    date: new Date().toISOString(),
    node: process.version,
    memory,
    redis,
    locks,
  };
  writeFileSync(settings.json, `${JSON.stringify(report, null, 2)}\n`);
}
const isRight =
  [memory[0], redis[0]].every((ours) => ours === undefined || isAllRight(ours)) &&
  locks.slice(0, 1).every(isLockRight);
process.exit(isRight ? 0 : 1);
