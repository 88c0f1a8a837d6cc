/**
 * Locks on Redis against the bare commands and rivals, and in memory against async-mutex, on a server of its own.
 * `--only speed|herd` runs a part. Exits 1 where Keepsake misses a bar.
 */
import { findRedis } from '../../tooling/servers/redis-binary.ts';
import { startRedis } from '../../tooling/servers/redis-server.ts';
import { herdRows } from './locks-herd.ts';
import { speedRows } from './locks-speed.ts';
import { publish, readSettings } from './report.ts';

const settings = readSettings({ full: 9, quick: 3 });
const { only } = settings;

await using server = await startRedis();
const rows = [
  ...(only === undefined || only === 'speed' ? await speedRows(server.url, settings) : []),
  ...(only === undefined || only === 'herd' ? await herdRows(server.url, settings) : []),
];
publish('locks', rows, settings, (await findRedis()).version);
const isMissed = rows.some(
  ({ bar, isLeast, ratio }) => bar !== undefined && !(isLeast === true ? ratio >= bar : ratio <= bar),
);
process.exitCode = isMissed ? 1 : 0;
