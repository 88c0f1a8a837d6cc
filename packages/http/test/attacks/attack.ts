import type { CacheOptions } from '@keepsake/core';
import type { Received, Send } from '../client.ts';
import { fresh, type Origin } from '../origin.ts';
import type { Guard } from '../subjects/behind.ts';
import type { Entry } from '../entry.ts';
import type { SubjectOptions } from '../subjects.ts';

/** A service behind a cache on a real socket, as an attack finds it. */
export interface Target {
  readonly port: number;
  send(path: string, init?: Send): Promise<Received>;
  /** How often the handler has run. */
  runs(): number;
  /** Whether no more entries are stored than that; what is beyond may be on its way out. */
  holdsAtMost(count: number): Promise<boolean>;
  /** Until so many are: a response has its last byte before the store has it. */
  stored(count: number): Promise<void>;
  /** Changes stored responses behind the cache's back. */
  tamper(change: (entries: readonly Entry[]) => readonly unknown[]): Promise<void>;
  /** Lets time go on, by both clocks. */
  pass(ms: number): Promise<void>;
  /** Sets the wall clock, and nothing else. */
  stepWall(ms: number): void;
}

/** One attack. */
export interface Attack {
  /** Of the threat that it is one of. */
  readonly threat: number;
  readonly name: string;
  readonly options?: Partial<SubjectOptions>;
  readonly cache?: CacheOptions;
  /** What stands before the cache. */
  readonly guard?: Guard;
  readonly origin: Origin;
  /** True where the victim is unharmed. */
  readonly isSafe: (target: Target) => Promise<boolean>;
}

/** What a visitor carries that tells who it is. */
export const who: Origin = (r) => ({ body: r.header('cookie') ?? r.header('authorization') ?? 'nobody' });

export const page: Origin = () => fresh('page');
