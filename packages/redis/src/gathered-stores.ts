/**
 * Stores, gathered: what is to be stored in the same tick goes to the server in one run of a script (see the ADR on
 * reads and writes of a tick).
 *
 * A caller that is alone waits for nobody: its store leaves at the end of the tick. Stores without a condition go with
 * their like, and fills with theirs: the first must not happen late and are told to others, the second are guarded by
 * their fences. Two stores of one key never go together, and leave in the order in which they were asked for.
 */
import type { Announcer } from './announcer.ts';
import type { Argument } from './client.ts';
import { MAX_IN_FLIGHT } from './connection.ts';
import { withDeadline } from './deadlined.ts';
import { RedisFailure } from './failure.ts';
import type { KeySpace } from './key-space.ts';
import { type ItemOutcome, type PlainStore, storeMany } from './scripts/store-many.ts';
import type { Servers } from './servers.ts';

/** Stores of one tick that go as one command: one after the other keeps others from the server for 0.2 ms. */
export const MAX_GATHERED_STORES = 50;
/** Bytes of one command beyond which nothing more is added to it. */
const MAX_GATHERED_BYTES = 262_144;

interface Waiting {
  readonly store: PlainStore;
  readonly resolve: (outcome: ItemOutcome) => void;
  readonly reject: (error: unknown) => void;
}

interface Open {
  items: Waiting[];
  bytes: number;
}

export class GatheredStores {
  readonly #servers: Servers;
  readonly #keySpace: KeySpace;
  readonly #announcer: Announcer;
  #waiting: Waiting[] = [];
  #underWay = 0;

  constructor(servers: Servers, keySpace: KeySpace, announcer: Announcer) {
    this.#servers = servers;
    this.#keySpace = keySpace;
    this.#announcer = announcer;
  }

  /** Rejects with a RedisFailure: then the outcome is unknown, unless it was refused. */
  store(store: PlainStore): Promise<ItemOutcome> {
    if (this.#underWay >= MAX_IN_FLIGHT) {
      return Promise.reject(
        new RedisFailure('ERR_UNAVAILABLE', `redis store: ${MAX_IN_FLIGHT} calls are under way already`),
      );
    }
    this.#underWay += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ store, resolve, reject });
      if (this.#waiting.length === 1) process.nextTick(() => this.#sendGathered());
    });
  }

  #sendGathered(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    // A slot of a cluster rarely has two of a tick, and keys of a slot on its way may lie on two nodes: each goes alone.
    const most = this.#servers.isCluster ? 1 : MAX_GATHERED_STORES;
    for (const batch of batchesOf(waiting, most)) void this.#settle(batch);
  }

  /** Never rejects: each caller gets its outcome, or the failure. */
  async #settle(batch: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await this.#send(batch.map(({ store }) => store));
      batch.forEach(({ resolve, reject }, i) => {
        const outcome = outcomes[i] ?? new RedisFailure('ERR_UNAVAILABLE', 'redis store: no answer');
        if (typeof outcome === 'string') resolve(outcome);
        else reject(outcome);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.#underWay -= batch.length;
    }
  }

  async #send(items: readonly PlainStore[]): Promise<readonly (ItemOutcome | Error)[]> {
    const connection = this.#servers.of(items[0]?.value ?? '');
    const isFenced = items[0]?.token !== undefined;
    const keys = isFenced ? [] : items.map(({ key }) => key);
    const changeKeys = this.#keySpace.changeKeys(keys);
    const announcement = isFenced
      ? NOBODY_TOLD
      : this.#announcer.announcement({ kind: 'keys', keys, mode: 'delete' });
    const { outcomes } = await withDeadline(connection, 'store', (deadlineMs) =>
      // A fence is its own guard, and may be shown when the clock is not known.
      storeMany(connection, {
        items,
        deadlineMs: isFenced ? undefined : deadlineMs,
        changeKeys,
        announcement,
      }),
    );
    return outcomes;
  }
}

/** In the order in which they must leave. */
const batchesOf = (waiting: readonly Waiting[], most: number): Waiting[][] => {
  const batches: Waiting[][] = [];
  const plain: Open = { items: [], bytes: 0 };
  const fenced: Open = { items: [], bytes: 0 };
  const keys = new Set<string>();
  const close = (open: Open): void => {
    if (open.items.length > 0) batches.push(open.items);
    open.items = [];
    open.bytes = 0;
  };
  for (const one of waiting) {
    const { value, body, token } = one.store;
    const open = token === undefined ? plain : fenced;
    if (keys.has(value)) {
      close(plain);
      close(fenced);
      keys.clear();
    } else if (open.items.length >= most || open.bytes + body.length > MAX_GATHERED_BYTES) close(open);
    keys.add(value);
    open.items.push(one);
    open.bytes += body.length;
  }
  close(plain);
  close(fenced);
  return batches;
};

const NOBODY_TOLD: readonly Argument[] = [];
