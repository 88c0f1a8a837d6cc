/**
 * Two tiers as they are usually built: a copy in memory lives for its TTL, a change is published, and whoever hears
 * of it drops the copy. Nobody notices what was not heard, and a fill does not notice what happened meanwhile. The
 * checker must tell it from a right one.
 */
import {
  type BusLink,
  type BusMessage,
  type CacheStats,
  isMiss,
  type Invalidation,
  type LoadContext,
  type LoadManyContext,
} from '@keepsake/core';
import type { CacheNode, MakeNode, NodePorts } from './cache-node.ts';

interface Kept {
  readonly value: unknown;
  readonly until: number;
  readonly tags: readonly string[];
}

class NaiveNode {
  readonly #o: NodePorts;
  readonly #kept = new Map<string, Kept>();
  readonly #loading = new Map<string, Promise<unknown>>();
  readonly #link: BusLink | undefined;
  #hits = { l1Hits: 0, l2Hits: 0, misses: 0 };

  constructor(options: NodePorts) {
    this.#o = options;
    const ignore = (): void => undefined;
    const receiver = { message: (message: BusMessage) => this.#drop(message), beat: ignore, down: ignore };
    this.#link = options.bus?.open(receiver);
  }

  async get(key: string): Promise<unknown> {
    const near = this.#kept.get(key);
    if (near && this.#o.clock.now() < near.until) {
      this.#hits.l1Hits += 1;
      return near.value;
    }
    const far = await this.#try(() => this.#o.l2.get(key, 'read'));
    if (!far || isMiss(far)) {
      this.#hits.misses += 1;
      return undefined;
    }
    this.#hits.l2Hits += 1;
    this.#keep(key, far.value, far.tags);
    return far.value;
  }

  async inspect(key: string): Promise<{ value: unknown; fence: undefined }> {
    return { value: await this.get(key), fence: undefined };
  }

  async getMany(keys: readonly string[]): Promise<Map<string, unknown>> {
    const values = await Promise.all(keys.map(async (key) => [key, await this.get(key)] as const));
    return new Map(values.filter(([, value]) => value !== undefined));
  }

  async getOrSet(
    key: string,
    loader: (context: LoadContext<unknown>) => unknown,
    { tags = [] }: { tags?: string[] } = {},
  ): Promise<unknown> {
    const found = await this.get(key);
    if (found !== undefined) return found;
    const known = this.#loading.get(key);
    if (known) return known;
    const load = async (): Promise<unknown> => {
      const value = await loader({ key } as LoadContext<unknown>); // it reads no more of it
      await this.#store(key, value, tags);
      return value;
    };
    const loading = load().finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return loading;
  }

  async getOrSetMany(
    keys: readonly string[],
    load: (missing: string[], context: LoadManyContext) => Promise<Iterable<readonly [string, unknown]>>,
  ): Promise<Map<string, unknown>> {
    const values = await this.getMany(keys);
    const missing = keys.filter((key) => !values.has(key));
    const addTags = (key: string, ...names: string[]): void => void tags.set(key, names);
    const tags = new Map<string, string[]>();
    const context = { addTags } as unknown as LoadManyContext; // it calls nothing else
    for (const [key, value] of missing.length > 0 ? await load(missing, context) : []) {
      values.set(key, value);
      await this.#store(key, value, tags.get(key) ?? []);
    }
    return values;
  }

  async set(key: string, value: unknown, { tags = [] }: { tags?: string[] } = {}): Promise<boolean> {
    const isStored = await this.#store(key, value, tags);
    return (await this.#publish({ kind: 'keys', keys: [key], mode: 'delete' })) && isStored;
  }

  delete(key: string): Promise<Invalidation> {
    return this.#remove({ kind: 'keys', keys: [key], mode: 'delete' }, () =>
      this.#o.l2.removeMany([key], 'delete'),
    );
  }

  invalidateTags(tags: readonly string[]): Promise<Invalidation> {
    return this.#remove({ kind: 'tags', tags, mode: 'delete' }, () =>
      this.#o.l2.invalidateTags(tags, 'delete'),
    );
  }

  clear(pattern = '*'): Promise<Invalidation> {
    return this.#remove({ kind: 'clear', pattern }, () => this.#o.l2.clear(pattern));
  }

  stats(): Promise<CacheStats> {
    const { l1Hits, l2Hits, misses } = this.#hits;
    return Promise.resolve({ l1Hits, hits: l1Hits + l2Hits, misses } as CacheStats); // what is read of it
  }

  async close(): Promise<void> {
    await this.#link?.close();
    await this.#o.l2.close();
    await this.#o.bus?.close();
  }

  async #remove(message: BusMessage, work: () => unknown): Promise<Invalidation> {
    this.#drop(message);
    const done = await this.#try(async () => {
      await work();
      return true;
    });
    const isTold = await this.#publish(message);
    return { acknowledged: done === true && isTold, count: undefined };
  }

  async #store(key: string, value: unknown, tags: readonly string[]): Promise<boolean> {
    this.#keep(key, value, tags);
    const life = { freshMs: this.#o.ttlMs, swrMs: 0, graceMs: 0, slidingMs: 0 };
    const plain = { ageMs: 0, costMs: 0, negative: false, version: 0, maxBytes: Infinity };
    const item = { key, value, life, tags, ...plain, condition: 'always' as const };
    return (await this.#try(() => this.#o.l2.setMany([item])))?.[0] === 'stored';
  }

  #keep(key: string, value: unknown, tags: readonly string[]): void {
    this.#kept.set(key, { value, until: this.#o.clock.now() + this.#o.ttlMs, tags });
  }

  #drop(message: BusMessage): void {
    for (const [key, { tags }] of this.#kept) {
      const isHit =
        message.kind === 'keys'
          ? message.keys.includes(key)
          : message.kind === 'clear' || tags.some((tag) => message.tags.includes(tag));
      if (isHit) this.#kept.delete(key);
    }
  }

  async #publish(message: BusMessage): Promise<boolean> {
    const done = await this.#try(async () => {
      await this.#link?.publish(message);
      return true;
    });
    return done === true;
  }

  /** A store or a bus that fails is as none. */
  async #try<T>(work: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      return error instanceof Error
        ? undefined
        : Promise.reject(new Error('no error was thrown', { cause: error }));
    }
  }
}

/** The cast says that strings are all the keys that the checker uses. */
export const makeNaiveNode: MakeNode = (ports) => new NaiveNode(ports) as unknown as CacheNode;
