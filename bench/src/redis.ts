/**
 * RedisBackend, and caches on it, against ioredis and rivals, on a server of its own. `--only speed|decode|clear` runs
 * a part; `clear` is no part of `--quick`.
 */
import { findRedis } from '../../tooling/servers/redis-binary.ts';
import { startRedis } from '../../tooling/servers/redis-server.ts';
import { clearRows } from './redis-clear.ts';
import { decodeRows } from './redis-decode.ts';
import { speedRows } from './redis-speed.ts';
import { publish, readSettings } from './report.ts';

const settings = readSettings({ full: 7, quick: 3 });
const { isQuick, only } = settings;
const isWanted = (part: string): boolean =>
  only === undefined ? part !== 'clear' || !isQuick : only === part;

await using server = await startRedis();
const rows = [
  ...(isWanted('speed') ? await speedRows(server.url, settings) : []),
  ...(isWanted('decode') ? await decodeRows(settings) : []),
  ...(isWanted('clear') ? await clearRows(server.url, settings) : []),
];
publish('redis', rows, settings, (await findRedis()).version);
