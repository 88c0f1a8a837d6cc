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
/** Waits before a command is repeated whose keys lie on two nodes just now: 10, 20, 40 ms. */
const FIRST_PAUSE_MS = 10;

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
      if (!isRepeatable(error)) throw error;
      return this.#o.deadlines.race(this.#sendOn(operation, command, args, owner, error), () =>
        late(operation),
      );
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
    first: RedisConnection,
    refusal: RedisFailure,
  ): Promise<unknown> {
    const { topology, clock, commandTimeoutMs } = this.#o;
    const giveUpAt = clock.now() + commandTimeoutMs;
    let node = first;
    let failure = refusal;
    let pauseMs = FIRST_PAUSE_MS;
    for (let hop = 0; hop < MAX_HOPS && clock.now() < giveUpAt; hop += 1) {
      const { redirection } = failure;
      if (redirection) {
        node = topology.at(redirection.to);
        if (!redirection.isOnce) topology.moved(redirection.slot, redirection.to);
      } else {
        const wait = pauseMs;
        await new Promise<void>((resolve) => void clock.setTimer(resolve, wait));
        pauseMs *= 2;
        node = this.#owner ?? node;
      }
      try {
        return await (redirection?.isOnce === true
          ? askOnce(node, operation, command, args)
          : node.call(operation, command, args));
      } catch (error) {
        if (!isRepeatable(error)) throw error;
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

/** Whether the server says that it did nothing because of where the keys lie. */
const isRepeatable = (error: unknown): error is RedisFailure =>
  error instanceof RedisFailure && (error.redirection !== undefined || error.reply === 'TRYAGAIN');

const late = (operation: string): RedisFailure =>
  new RedisFailure('ERR_TIMEOUT', `redis ${operation}: no answer of the cluster in time`);
