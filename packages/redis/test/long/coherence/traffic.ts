/** Reads and writes of random kinds at random nodes, and what became of them. */
import type { Clock } from '@keepsake/core';
import type { Random } from '@keepsake/tooling/simulation';
import type { CacheNode, Versioned } from './cache-node.ts';
import type { History, ReadKind, WriteKind } from './history.ts';

export interface TrafficOptions {
  readonly nodes: readonly CacheNode[];
  /** Each node's own: it stands still where the node does. */
  readonly clocks: readonly Clock[];
  readonly random: Random;
  readonly keys: readonly string[];
  readonly history: History;
  /** Loops of reads at each node, and the mean pause of each. */
  readonly readers: number;
  readonly readGapMs: number;
  /** Mean time between two writes of one key. */
  readonly writeGapMs: number;
  /** How long the source takes to answer. */
  readonly loadMs: () => number;
  /** Which kinds there are; all where nothing is said. */
  readonly reads?: readonly ReadKind[];
  readonly writes?: readonly WriteKind[];
}

const READS: readonly ReadKind[] = ['get', 'get', 'getOrSet', 'getOrSet', 'getMany', 'getOrSetMany', 'fill'];
const WRITES: readonly WriteKind[] = ['set', 'delete', 'delete', 'invalidateTags', 'clear'];
/** Keys of a read of many. */
const MANY = 3;

const tagOf = (key: string): string => `tag of ${key}`;

export class Traffic {
  readonly #o: TrafficOptions;
  /** The source: the latest version of each key. */
  readonly #versions = new Map<string, number>();
  #isOver = false;
  reads = 0;

  constructor(options: TrafficOptions) {
    this.#o = options;
  }

  /** Until `end` is called and all that was begun has ended. */
  async run(): Promise<void> {
    const { keys, nodes, readers } = this.#o;
    await Promise.all([
      ...keys.map((key) => this.#writeOn(key)),
      ...nodes.flatMap((_, node) => Array.from({ length: readers }, () => this.#readOn(node))),
    ]);
  }

  end(): void {
    this.#isOver = true;
  }

  /** Every node reads every key: once to notice that it can, and (`isAtRest`) once to be judged. */
  async readAll(isAtRest: boolean): Promise<void> {
    const { nodes, keys } = this.#o;
    const kinds: readonly ReadKind[] = isAtRest ? ['get', 'getOrSet'] : ['get'];
    await Promise.all(
      nodes.map(async (_, node) => {
        for (const kind of kinds) {
          await Promise.all(keys.map((key) => this.#read(kind, node, [key], isAtRest)));
        }
      }),
    );
  }

  /** A pause of about `meanMs`, on the clock of the node. */
  #pause(node: number, meanMs: number): Promise<void> {
    const ms = (meanMs * this.#o.random.below(2_000)) / 1_000;
    return new Promise((resolve) => void this.#o.clocks[node]?.setTimer(resolve, ms));
  }

  async #readOn(node: number): Promise<void> {
    const { random, keys, readGapMs, reads = READS } = this.#o;
    while (!this.#isOver) {
      await this.#pause(node, readGapMs);
      const kind = random.pick(reads);
      const isMany = kind === 'getMany' || kind === 'getOrSetMany';
      await this.#read(kind, node, isMany ? this.#someKeys() : [random.pick(keys)], false);
    }
  }

  /** One write of a key at a time: of two plain sets at once the older may win, in any cache. */
  async #writeOn(key: string): Promise<void> {
    const { random, nodes, writeGapMs, writes = WRITES } = this.#o;
    for (;;) {
      const node = random.below(nodes.length);
      await this.#pause(node, writeGapMs);
      if (this.#isOver) return;
      await this.#write(random.pick(writes), node, key);
    }
  }

  #someKeys(): string[] {
    const { random, keys } = this.#o;
    return [...new Set(Array.from({ length: MANY }, () => random.pick(keys)))];
  }

  async #write(kind: WriteKind, node: number, key: string): Promise<void> {
    const { clock, cache } = this.#at(node);
    const startMs = clock.now();
    const version = (this.#versions.get(key) ?? 0) + 1;
    this.#versions.set(key, version);
    const isAcknowledged = await this.#tell(kind, cache, key, version);
    this.#o.history.add({
      op: 'write',
      kind,
      key,
      node,
      version,
      startMs,
      ...(isAcknowledged && { ackMs: clock.now() }),
    });
  }

  async #tell(kind: WriteKind, cache: CacheNode, key: string, version: number): Promise<boolean> {
    switch (kind) {
      case 'set':
        // What could not be stored has not replaced what is there.
        if (await cache.set(key, { version }, { tags: [tagOf(key)] })) return true;
        return (await cache.delete(key)).acknowledged;
      case 'delete':
        return (await cache.delete(key)).acknowledged;
      case 'invalidateTags':
        return (await cache.invalidateTags([tagOf(key)])).acknowledged;
      case 'clear':
        return (await cache.clear(`${key}*`)).acknowledged;
    }
  }

  async #read(kind: ReadKind, node: number, keys: readonly string[], isAtRest: boolean): Promise<void> {
    const { clock, cache } = this.#at(node);
    const startMs = clock.now();
    const found = await this.#ask(kind, cache, node, keys);
    const endMs = clock.now();
    for (const key of keys) {
      const version = found.get(key)?.version;
      this.reads += 1;
      this.#o.history.add({
        op: 'read',
        kind,
        key,
        node,
        startMs,
        endMs,
        ...(version !== undefined && { version }),
        ...(isAtRest && { atRest: true }),
      });
    }
  }

  async #ask(
    kind: ReadKind,
    cache: CacheNode,
    node: number,
    keys: readonly string[],
  ): Promise<Map<string, Versioned>> {
    const [key = ''] = keys;
    const one = (value: Versioned | undefined): Map<string, Versioned> => new Map(value && [[key, value]]);
    switch (kind) {
      case 'get':
        return one(await cache.get<Versioned>(key));
      case 'getMany':
        return cache.getMany<Versioned>(keys);
      case 'getOrSet':
        return one(await cache.getOrSet(key, () => this.#load(node, key), { tags: [tagOf(key)] }));
      case 'fill':
        return one(await this.#fill(cache, node, key));
      case 'getOrSetMany':
        return cache.getOrSetMany<Versioned>(keys, async (missing, context) => {
          for (const absent of missing) context.addTags(absent, tagOf(absent));
          return Promise.all(
            missing.map(async (absent) => [absent, await this.#load(node, absent)] as const),
          );
        });
    }
  }

  async #fill(cache: CacheNode, node: number, key: string): Promise<Versioned> {
    const { value, fence } = await cache.inspect<Versioned>(key);
    if (value !== undefined) return value;
    const loaded = await this.#load(node, key);
    await cache.set(key, loaded, { fence, tags: [tagOf(key)] });
    return loaded;
  }

  /** The source is read somewhere between the question and the answer. */
  async #load(node: number, key: string): Promise<Versioned> {
    const { loadMs } = this.#o;
    await this.#pause(node, loadMs());
    const version = this.#versions.get(key) ?? 0;
    await this.#pause(node, loadMs());
    return { version };
  }

  #at(node: number): { readonly clock: Clock; readonly cache: CacheNode } {
    const [clock, cache] = [this.#o.clocks[node], this.#o.nodes[node]];
    if (!clock || !cache) throw new Error(`no node ${node}`);
    return { clock, cache };
  }
}
