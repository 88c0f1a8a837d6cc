import type { Announcer } from './announcer.ts';
import type { Argument } from './client.ts';
import { withDeadline } from './deadlined.ts';
import { Gathering } from './gathering.ts';
import type { KeySpace } from './key-space.ts';
import { type ItemOutcome, type PlainStore, storeMany } from './scripts/store-many.ts';
import type { Servers } from './servers.ts';

/**
 * Stores of one tick, together. Those without a condition go with their like, and fills with theirs: the first must not
 * happen late and are told to others, the second are guarded by their fences.
 */
export class GatheredStores {
  readonly #servers: Servers;
  readonly #keySpace: KeySpace;
  readonly #announcer: Announcer;
  readonly #gathering: Gathering<PlainStore, ItemOutcome>;

  constructor(servers: Servers, keySpace: KeySpace, announcer: Announcer) {
    this.#servers = servers;
    this.#keySpace = keySpace;
    this.#announcer = announcer;
    this.#gathering = new Gathering({
      operation: 'store',
      // A slot of a cluster rarely has two of a tick, and keys of one on its way may lie on two nodes.
      isTogether: !servers.isCluster,
      keyOf: ({ value }) => value,
      bytesOf: ({ body }) => body.length,
      kindOf: ({ token }) => (token === undefined ? 'plain' : 'fenced'),
      send: (items) => this.#send(items),
    });
  }

  /** Rejects with a RedisFailure: then the outcome is unknown, unless it was refused. */
  store(store: PlainStore): Promise<ItemOutcome> {
    return this.#gathering.ask(store);
  }

  async #send(items: readonly PlainStore[]): Promise<readonly ItemOutcome[]> {
    const connection = this.#servers.of(items[0]?.value ?? '');
    const isFenced = items[0]?.token !== undefined;
    const keys = isFenced ? [] : items.map(({ key }) => key);
    const changeKeys = this.#keySpace.changeKeys(keys);
    const announcement = isFenced
      ? NOBODY_TOLD
      : this.#announcer.announcement({ kind: 'keys', keys, mode: 'delete' });
    const { outcomes } = await withDeadline(connection, 'store', (ownMs) => {
      // A fence is its own guard, and may be shown when the clock is not known.
      const deadlineMs = isFenced ? undefined : ownMs;
      return storeMany(connection, { items, deadlineMs, changeKeys, announcement });
    });
    return outcomes;
  }
}

const NOBODY_TOLD: readonly Argument[] = [];
