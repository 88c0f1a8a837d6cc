/* A process of a contest, as ../contending-process.ts says. */
import { systemClock } from '@keepsake/core';
import { RedisLockStore } from '@keepsake/locks/redis';
import { Random } from '@keepsake/tooling/simulation';
import { Redis } from 'ioredis';
import { contend, type ContestRules, machineNow, printingHistory } from '@keepsake/tooling/lock-history';
import { RecordingStore } from '../recording-store.ts';
import { subjectNamed } from '../subjects.ts';

const rules = JSON.parse(process.argv[2] ?? '') as ContestRules;
const { serve, make } = subjectNamed(rules.subject);
const store = serve(new RedisLockStore({ url: rules.url }));
const locks = make({
  store: new RecordingStore(store, rules.process, machineNow, printingHistory),
  clock: systemClock,
  ttlMs: rules.ttlMs,
  waitMs: rules.waitMs,
  // Half of them, side by side with the others.
  isFair: rules.process % 2 === 0,
});
const database = new Redis(rules.databaseUrl);
await contend(rules, locks, database, new Random(rules.seed));
await locks.close();
database.disconnect();
