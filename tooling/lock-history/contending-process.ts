/** One process of a contest: takes locks until a line on its input says stop; prints what it did, a line an event. */
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ContendedLocks, Contender, type Dice } from './contender.ts';
import type { LockEvent, LockHistory } from './lock-history.ts';
import { type Evaluates, RedisRegister } from './redis-register.ts';

export interface ContestRules {
  readonly subject: string;
  /** Of the locks, by a way of this process's own. */
  readonly url: string;
  /** Of the registers. */
  readonly databaseUrl: string;
  readonly process: number;
  readonly seed: number;
  readonly names: readonly string[];
  readonly ttlMs: number;
  readonly waitMs: number;
}

/** What a process prints last. */
export interface ContestEnd {
  readonly operation: 'end';
  /** How often a lock could not be had. */
  readonly failures: number;
}

/** Milliseconds of the machine's monotonic clock, which all its processes share. */
export const machineNow = (): number => Number(process.hrtime.bigint()) / 1e6;

const print = (line: LockEvent | ContestEnd): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

export const printingHistory: LockHistory = { add: print };

export const contend = async (
  rules: ContestRules,
  locks: ContendedLocks,
  database: Evaluates,
  random: Dice,
): Promise<void> => {
  let isOver = false;
  // Closed without a word: nobody is left to listen.
  createInterface({ input: process.stdin })
    .once('line', () => (isOver = true))
    .once('close', () => (isOver = true));
  const contender = new Contender({
    ...rules,
    locks,
    random,
    now: machineNow,
    pause: (ms) => sleep(ms),
    history: printingHistory,
    unguarded: new RedisRegister(database, false),
    guarded: new RedisRegister(database, true),
    isOver: () => isOver,
  });
  await contender.run();
  print({ operation: 'end', failures: contender.failures });
};
