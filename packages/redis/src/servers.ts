import type { Clock } from '@keepsake/core';
import type { Argument, RedisClient } from './client.ts';
import { RedisFailure } from './failure.ts';
import type { ServerClock } from './server-clock.ts';

/** What commands are sent through: to one server, or to whichever of a cluster holds a slot just now. */
export interface Connection {
  readonly clock: Clock;
  readonly commandTimeoutMs: number;
  readonly isUp: boolean;
  /** Of the server that answers: clocks of two servers differ. */
  readonly serverClock: ServerClock;
  /** Sends one command; strings in the reply are Buffers. Rejects with a RedisFailure, within the deadline of a call. */
  call(operation: string, command: string, args: readonly Argument[]): Promise<unknown>;
  /** Resolves while the server can be asked; waits for a first connection, within the deadline of a call. */
  whenUp(operation: string): Promise<void>;
}

/** Some of the items of a request, and the connection that one command may name them all on. */
export interface Group<T> {
  readonly connection: Connection;
  readonly items: readonly T[];
  /** Their places in the request. */
  readonly places: readonly number[];
}

/** The servers that hold the keys: one, or the masters of a cluster. */
export interface Servers {
  readonly clock: Clock;
  readonly commandTimeoutMs: number;
  /** Whether keys lie on several servers: then a command or script may name keys of one slot only. */
  readonly isCluster: boolean;
  readonly isUp: boolean;
  /** To where a key lies. */
  of(redisKey: string): Connection;
  /** The items by where their keys lie. */
  group<T>(items: readonly T[], keyOf: (item: T) => string): readonly Group<T>[];
  /** To each server that holds keys. Rejects where that is not known. */
  all(operation: string): Promise<readonly Connection[]>;
  /**
   * A client for subscriptions, to be closed by whoever asks, that connects to the server where the key lies; undefined
   * where there is one server, which the source names.
   */
  listener(redisKey: string): RedisClient | undefined;
  /** Calls `listener` whenever they come up or go down; gives back the end of the subscription. */
  onState(listener: (isUp: boolean, reason: RedisFailure | undefined) => void): () => void;
  connect(timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}

/** Whether it is a failure of some of several servers: the keys of the others must not suffer for it. */
export const isPartial = (servers: Servers, error: unknown): error is RedisFailure =>
  servers.isCluster && servers.isUp && error instanceof RedisFailure;
