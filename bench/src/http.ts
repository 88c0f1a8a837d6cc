/**
 * Hits of @keepsake/http on every adapter, from memory and from Redis, beside the framework's static reply of the
 * same bytes and beside rivals. `--only NAME` runs the subjects whose names begin so: `--only node`.
 */
import { findRedis } from '../../tooling/servers/redis-binary.ts';
import { startRedis } from '../../tooling/servers/redis-server.ts';
import { speedRows } from './http-speed.ts';
import { publish, readSettings } from './report.ts';

const settings = readSettings({ full: 7, quick: 2 });
await using server = await startRedis();
publish('http', await speedRows(server.url, settings), settings, (await findRedis()).version);
