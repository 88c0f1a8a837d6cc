import type { Clock } from '@keepsake/core';
import type { Argument } from '../client.ts';
import type { RedisConnection } from '../connection.ts';
import type { Deadlines } from '../deadlines.ts';
import { RedisFailure } from '../failure.ts';
import { ServerClock } from '../server-clock.ts';
import type { Connection } from '../servers.ts';
import type { Topology } from './topology.ts';

/** How often one command may be sent on. */
const MAX_HOPS = 5;

const UNKNOWN = new ServerClock();

interface ClusterParts {
  readonly clock: Clock;
  readonly commandTimeoutMs: number;
  readonly topology: Topology;
  readonly deadlines: Deadlines;
}

/**
 * Sends commands about the keys of one slot to whichever node serves it. Where that node says that another does, it
 * has done nothing, so the command may be sent on; no other failure is ever followed by a second attempt.
 */
export class SlotConnection implements Connection {
  readonly #slot: number;
  readonly #o: ClusterParts;

  constructor(slot: number, parts: ClusterParts) {
    this.#slot = slot;
    this.#o = parts;
  }

  get clock(): Clock {
    return this.#o.clock;
  }

  get commandTimeoutMs(): number {
    return this.#o.commandTimeoutMs;
  }

  get isUp(): boolean {
    return this.#owner?.isUp ?? false;
  }

  /** Of the node that serves the slot now. */
  get serverClock(): ServerClock {
    return this.#owner?.serverClock ?? UNKNOWN;
  }

  get #owner(): RedisConnection | undefined {
    return this.#o.topology.ownerOf(this.#slot);
  }

  async call(operation: string, command: string, args: readonly Argument[]): Promise<unknown> {
    const owner = this.#owner ?? (await this.#find(operation));
    try {
      return await owner.call(operation, command, args);
    } catch (error) {
      if (!(error instanceof RedisFailure) || !error.redirection) throw error;
      const sent = this.#sendOn(operation, command, args, error);
      return this.#o.deadlines.race(sent, () => late(operation));
    }
  }

  async whenUp(operation: string): Promise<void> {
    const owner = this.#owner ?? (await this.#find(operation));
    await owner.whenUp(operation);
  }

  async #sendOn(
    operation: string,
    command: string,
    args: readonly Argument[],
    refusal: RedisFailure,
  ): Promise<unknown> {
    const { topology, clock, commandTimeoutMs } = this.#o;
    const giveUpAt = clock.now() + commandTimeoutMs;
    let failure = refusal;
    for (let hop = 0; hop < MAX_HOPS && failure.redirection && clock.now() < giveUpAt; hop += 1) {
      if (topology.isClosed) throw new RedisFailure('ERR_CLOSED', `redis ${operation}: closed meanwhile`);
      const { slot, to, isOnce } = failure.redirection;
      const node = topology.at(to);
      if (!isOnce) topology.moved(slot, to);
      try {
        return await (isOnce ? askOnce(node, operation, command, args) : node.call(operation, command, args));
      } catch (error) {
        if (!(error instanceof RedisFailure)) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  async #find(operation: string): Promise<RedisConnection> {
    const { topology, deadlines } = this.#o;
    if (topology.isClosed) throw new RedisFailure('ERR_CLOSED', `redis ${operation}: it was closed`);
    topology.start();
    const found = topology.until(() => topology.isKnown);
    try {
      await deadlines.race(found.done, () => late(operation));
    } catch (error) {
      throw topology.lastFailure ?? error;
    } finally {
      found.stop();
    }
    const owner = this.#owner;
    if (owner) return owner;
    if (topology.isClosed) throw new RedisFailure('ERR_CLOSED', `redis ${operation}: closed meanwhile`);
    throw new RedisFailure('ERR_UNAVAILABLE', `redis ${operation}: no node serves the slot`, 'CLUSTERDOWN');
  }
}

/** ASKING holds for the next command of the connection: nothing may come between the two. */
const askOnce = async (
  node: RedisConnection,
  operation: string,
  command: string,
  args: readonly Argument[],
): Promise<unknown> => {
  await node.whenUp(operation);
  const [, reply] = await Promise.all([
    node.call('asking', 'ASKING', []),
    node.call(operation, command, args),
  ]);
  return reply;
};

const late = (operation: string): RedisFailure =>
  new RedisFailure('ERR_TIMEOUT', `redis ${operation}: no answer of the cluster in time`);
