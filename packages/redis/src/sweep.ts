import type { Announcer } from './announcer.ts';
import { inBatches } from './batches.ts';
import type { KeySpace } from './key-space.ts';
import { endLeases } from './scripts/lease.ts';
import { MAX_REMOVALS, remove } from './scripts/remove.ts';
import { raiseKeyTags } from './scripts/tags.ts';
import type { Connection, Servers } from './servers.ts';

/** Keys that one step of SCAN looks at. */
const SCAN_COUNT = 1_000;
/** Up to this many keys in the database, `size` counts exactly; beyond it asks DBSIZE. */
export const EXACT_SIZE_UP_TO = 100_000;

/** Walks over keys by pattern, in bounded steps: SCAN sees whatever is there throughout, and blocks nobody. */
export class Sweep {
  readonly #servers: Servers;
  readonly #keySpace: KeySpace;
  readonly #announcer: Announcer;

  constructor(servers: Servers, keySpace: KeySpace, announcer: Announcer) {
    this.#servers = servers;
    this.#keySpace = keySpace;
    this.#announcer = announcer;
  }

  /** Names of the keys that match, in pages; a name may come twice. */
  async *pages(pattern: string): AsyncGenerator<string[], void, undefined> {
    const { plain, tilde } = this.#keySpace.valuePatterns(pattern);
    let sawTilde = false;
    for await (const page of this.#scan(plain)) {
      const names: string[] = [];
      for (const redisKey of page) {
        const name = this.#keySpace.keyOf(redisKey);
        if (name === undefined) continue;
        // Whether an escaped name matches is for the second pattern to say.
        if (name.startsWith('~')) sawTilde = true;
        else names.push(name);
      }
      yield names;
    }
    const canMatchTilde = pattern.startsWith('*') ? sawTilde : /^[~?[\\]/.test(pattern);
    if (!canMatchTilde) return;
    for await (const page of this.#scan(tilde)) {
      yield page.flatMap((redisKey) => this.#keySpace.keyOf(redisKey) ?? []);
    }
  }

  async *keys(pattern: string): AsyncGenerator<string, void, undefined> {
    for await (const page of this.pages(pattern)) yield* page;
  }

  /**
   * Removes what matches; gives how many entries that were. Leases first, those of keys without a value too:
   * a fill that began before is refused, so nothing it stores can appear behind the scan of the values.
   *
   * The bus is told by the pattern, not by a million keys, before and after. Only what is told after counts: a copy
   * made meanwhile of what was not removed yet goes then, and what is copied later is not there any more. What is
   * told before is for the walk that dies on its way: then little but what was read again since lies in memories.
   */
  async clear(pattern: string): Promise<number> {
    await this.#announce(pattern);
    for await (const page of this.#scan(this.#keySpace.helperPattern(pattern))) {
      for (const batch of inBatches(page, MAX_REMOVALS)) await this.#endFills(batch);
    }
    let count = 0;
    for await (const names of this.pages(pattern)) {
      for (const batch of inBatches(names, MAX_REMOVALS)) count += await this.#remove(batch);
    }
    await this.#announce(pattern);
    return count;
  }

  /** `helpers`: leases, and records of keys' own tags. */
  async #endFills(helpers: readonly string[]): Promise<void> {
    const records = helpers.filter((name) => this.#keySpace.isKeyRecord(name));
    const leases = helpers.filter((name) => !this.#keySpace.isKeyRecord(name));
    await Promise.all(
      this.#servers
        .group(leases, (lease) => lease)
        .map(({ connection, items }) => endLeases(connection, items)),
    );
    if (records.length > 0) await this.#raise(records);
  }

  async #remove(keys: readonly string[]): Promise<number> {
    const { numbers } = this.#keySpace;
    const counts = await Promise.all(
      this.#servers
        .group(keys, (key) => this.#keySpace.value(key))
        .map(({ connection, items }) => {
          const places = items.map((key) => this.#keySpace.placesOf(key));
          return remove(connection, places, numbers?.mark, 'delete', []);
        }),
    );
    // Not in the same step on a cluster, but after it: what was made of the old value in between goes too.
    if (!numbers) await this.#raise(keys.map((key) => this.#keySpace.keyRecord(key)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  #raise(records: readonly string[]): Promise<void> {
    const { mark } = this.#keySpace;
    return raiseKeyTags(this.#servers.of(mark), mark, records);
  }

  async #announce(pattern: string): Promise<void> {
    const announcement = this.#announcer.announcement({ kind: 'clear', pattern });
    if (announcement.length === 0) return;
    await this.#servers.of(this.#keySpace.counter).call('clear', 'PUBLISH', announcement);
  }

  /** How many keys match. Without a pattern, in a database of over 100,000 keys: all keys of the database. */
  async size(pattern: string | undefined): Promise<number> {
    if (pattern === undefined) {
      const servers = await this.#servers.all('size');
      const counts = await Promise.all(servers.map((server) => server.call('size', 'DBSIZE', [])));
      const all = counts.reduce<number>((sum, one) => sum + Number(one), 0);
      if (all > EXACT_SIZE_UP_TO) return all;
    }
    const seen = new Set<string>();
    for await (const names of this.pages(pattern ?? '*')) for (const name of names) seen.add(name);
    return seen.size;
  }

  async *#scan(pattern: string): AsyncGenerator<string[], void, undefined> {
    for (const server of await this.#servers.all('scan')) yield* this.#scanOne(server, pattern);
  }

  async *#scanOne(server: Connection, pattern: string): AsyncGenerator<string[], void, undefined> {
    let cursor = '0';
    do {
      const reply = await server.call('scan', 'SCAN', [cursor, 'MATCH', pattern, 'COUNT', SCAN_COUNT]);
      const [next, names] = reply as [Buffer, Buffer[]];
      cursor = next.toString('latin1');
      if (names.length > 0) yield names.map((name) => name.toString('utf8'));
    } while (cursor !== '0');
  }
}
