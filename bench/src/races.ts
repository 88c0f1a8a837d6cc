/**
 * A load that is overtaken. The loader reads v1 and takes a while; meanwhile the source becomes v2 and the key is
 * deleted, set, or invalidated by tag. What is in the cache afterwards, and what does a caller get who comes after
 * the change? First within one process, then between two on one Redis, where messages are lost and the server
 * freezes as well, and where values have to come back as they went in. Exits 1 where Keepsake is wrong in any.
 */
import { writeFileSync } from 'node:fs';
import { racesInMemory } from './races-memory.ts';
import { isAllRight, show } from './races-outcome.ts';
import { racesOverRedis } from './races-redis.ts';
import { readSettings } from './report.ts';

const settings = readSettings({ full: 1, quick: 1 });
const memory = await racesInMemory();
show('Within one process', memory);
const redis = await racesOverRedis();
show('Two processes on one Redis, memory in front of it in each', redis);
if (settings.json) {
  const report = { name: 'races', date: new Date().toISOString(), node: process.version, memory, redis };
  writeFileSync(settings.json, `${JSON.stringify(report, null, 2)}\n`);
}
process.exit([memory[0], redis[0]].every((ours) => ours !== undefined && isAllRight(ours)) ? 0 : 1);
