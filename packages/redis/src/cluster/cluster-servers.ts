import { CacheError, type Clock, systemClock, type Timer } from '@keepsake/core';
import type { RedisClient } from '../client.ts';
import { DEFAULT_COMMAND_TIMEOUT_MS } from '../connection.ts';
import { Deadlines } from '../deadlines.ts';
import { RedisFailure } from '../failure.ts';
import type { Connection, Group, Servers } from '../servers.ts';
import { slotOf } from '../slot.ts';
import type { NodeSettings } from './node-settings.ts';
import { openListener } from './listener.ts';
import { SlotConnection } from './slot-connection.ts';
import { Topology } from './topology.ts';

export interface ClusterServersOptions {
  readonly commandTimeoutMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * The masters of a cluster. They are up while one of them answers: a master that does not is the trouble of its own
 * slots, whose calls are refused while the others go on.
 */
export class ClusterServers implements Servers {
  readonly isCluster = true;
  readonly clock: Clock;
  readonly commandTimeoutMs: number;
  readonly #settings: NodeSettings;
  readonly #topology: Topology;
  readonly #deadlines: Deadlines;
  readonly #connections = new Map<number, SlotConnection>();
  readonly #stateListeners = new Set<(isUp: boolean, reason: RedisFailure | undefined) => void>();
  #wasUp: boolean | undefined;
  #isClosed = false;

  constructor(settings: NodeSettings, { commandTimeoutMs, clock }: ClusterServersOptions) {
    this.clock = clock ?? systemClock;
    this.commandTimeoutMs = commandTimeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS;
    this.#settings = settings;
    this.#deadlines = new Deadlines(this.clock, this.commandTimeoutMs);
    this.#topology = new Topology({
      settings,
      commandTimeoutMs: this.commandTimeoutMs,
      clock: this.clock,
      onChange: (reason) => this.#tellState(reason),
    });
  }

  get isUp(): boolean {
    return this.#topology.masters.some((node) => node.isUp);
  }

  of(redisKey: string): Connection {
    return this.#ofSlot(slotOf(redisKey));
  }

  group<T>(items: readonly T[], keyOf: (item: T) => string): readonly Group<T>[] {
    const groups = new Map<number, { connection: Connection; items: T[]; places: number[] }>();
    items.forEach((item, place) => {
      const slot = slotOf(keyOf(item));
      let group = groups.get(slot);
      if (!group) groups.set(slot, (group = { connection: this.#ofSlot(slot), items: [], places: [] }));
      group.items.push(item);
      group.places.push(place);
    });
    return [...groups.values()];
  }

  async all(operation: string): Promise<readonly Connection[]> {
    // Whoever serves the first slot: once that is known all are.
    await this.#ofSlot(0)
      .whenUp(operation)
      .catch((error: unknown) => {
        if (!this.#topology.isKnown) throw error;
      });
    return this.#topology.masters;
  }

  listener(redisKey: string): RedisClient {
    return openListener(this.#settings, this.#topology, slotOf(redisKey));
  }

  onState(listener: (isUp: boolean, reason: RedisFailure | undefined) => void): () => void {
    this.#stateListeners.add(listener);
    return () => void this.#stateListeners.delete(listener);
  }

  /** Resolves once all masters answer, or after `timeoutMs` where one does; rejects ERR_CONNECT where none does. */
  async connect(timeoutMs: number): Promise<void> {
    this.#refuseIfClosed('connect');
    this.#topology.start();
    const settled = this.#topology.until(
      () =>
        (this.#topology.isKnown && this.#topology.masters.every((node) => node.isUp)) ||
        (!this.isUp && this.#topology.lastFailure?.needsAPerson === true),
    );
    let timer: Timer | undefined;
    const late = new Promise<void>((resolve) => (timer = this.clock.setTimer(resolve, timeoutMs)));
    try {
      await Promise.race([settled.done, late]);
    } finally {
      timer?.cancel();
      settled.stop();
    }
    this.#refuseIfClosed('connect');
    if (this.isUp) return;
    const reason = this.#topology.lastFailure?.message.replace(/^redis [\w -]+: /, '') ?? 'no answer yet';
    throw new CacheError('ERR_CONNECT', `redis: cannot connect: ${reason}`);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#topology.close();
    this.#deadlines.flush();
    this.#stateListeners.clear();
  }

  /** Kept: there are no more of them than slots. */
  #ofSlot(slot: number): SlotConnection {
    let connection = this.#connections.get(slot);
    if (!connection) {
      connection = new SlotConnection(slot, {
        clock: this.clock,
        commandTimeoutMs: this.commandTimeoutMs,
        topology: this.#topology,
        deadlines: this.#deadlines,
      });
      this.#connections.set(slot, connection);
    }
    return connection;
  }

  #tellState(reason: RedisFailure | undefined): void {
    const { isUp } = this;
    // Before the first answer it is neither: that it is not up yet is told once it fails.
    if (isUp === this.#wasUp || (!isUp && this.#wasUp === undefined && !reason)) return;
    this.#wasUp = isUp;
    for (const listener of this.#stateListeners) listener(isUp, isUp ? undefined : reason);
  }

  #refuseIfClosed(operation: string): void {
    if (this.#isClosed) throw new RedisFailure('ERR_CLOSED', `redis ${operation}: it was closed`);
  }
}
