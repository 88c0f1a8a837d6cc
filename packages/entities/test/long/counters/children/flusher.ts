/* A process that flushes counters until it is killed. */
import { openFlusher } from '../subjects.ts';
import { PostgresTable } from '../postgres-table.ts';

const [subject = '', redisUrl = '', databaseUrl = '', prefix = ''] = process.argv.slice(2);
const table = new PostgresTable(databaseUrl);
await table.connect();
const flusher = openFlusher(subject, redisUrl, prefix, table);
console.log('flushes');
// Kept alive until then: the timers of a flusher alone keep nothing running.
setInterval(() => flusher, 60_000);
