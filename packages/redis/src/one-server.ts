import type { Clock } from '@keepsake/core';
import type { RedisConnection } from './connection.ts';
import type { RedisFailure } from './failure.ts';
import type { Connection, Group, Servers } from './servers.ts';

/** The servers of whoever has one. */
export class OneServer implements Servers {
  readonly isCluster = false;
  readonly #connection: RedisConnection;

  constructor(connection: RedisConnection) {
    this.#connection = connection;
  }

  get clock(): Clock {
    return this.#connection.clock;
  }

  get commandTimeoutMs(): number {
    return this.#connection.commandTimeoutMs;
  }

  get isUp(): boolean {
    return this.#connection.isUp;
  }

  of(): Connection {
    return this.#connection;
  }

  group<T>(items: readonly T[]): readonly Group<T>[] {
    return items.length === 0
      ? []
      : [{ connection: this.#connection, items, places: items.map((_, place) => place) }];
  }

  all(): Promise<readonly Connection[]> {
    return Promise.resolve([this.#connection]);
  }

  listener(): undefined {
    return undefined;
  }

  onState(listener: (isUp: boolean, reason: RedisFailure | undefined) => void): () => void {
    return this.#connection.onState(listener);
  }

  connect(timeoutMs: number): Promise<void> {
    return this.#connection.connect(timeoutMs);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}
