/** Histories of locks: what several processes did with them, and whether that is what a mutex with fences does. */
export { checkLockHistory, type LockVerdict } from './check-history.ts';
export { Contender, type ContendedLease, type ContendedLocks } from './contender.ts';
export { contend, type ContestRules, machineNow, printingHistory } from './contending-process.ts';
export { type ContestRun, holdContest } from './contest.ts';
export type { LockEvent, LockHistory } from './lock-history.ts';
export { RedisRegister } from './redis-register.ts';
export { MemoryRegister, type Register } from './register.ts';
