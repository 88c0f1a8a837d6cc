/**
 * Races of reads and writes on few keys. One writer changes the source and then the cache; readers load, read
 * and fill meanwhile, in an order that the scheduler chooses. A violation: a read that began after a newer
 * version was acknowledged returned an older one, or an older one is there when all is over.
 */
import fc, { type Arbitrary, type Scheduler } from 'fast-check';
import { FakeClock } from '@keepsake/core/testing';
import { drive } from './drive.ts';
import type { RaceCache, Version } from './race-cache.ts';
import { Source } from './source.ts';
import type { Layout, SubjectFactory } from './subjects.ts';

export type Write = 'delete' | 'set' | 'expire' | 'clear' | 'tags';
/** `fill`: inspect, fetch, and set under the fence that the miss gave. `pass`: time goes by. */
export type Read = 'getOrSet' | 'getOrSetMany' | 'get' | 'fill' | 'pass';

export interface RaceKind {
  readonly layout: Layout;
  readonly nodes: number;
  readonly writes: readonly Write[];
  readonly reads: readonly Read[];
  /** Loaders name the tag only at their end. */
  readonly lateTags?: boolean;
  /** Old values are there at the start, past their TTL and inside `swr`. */
  readonly stale?: boolean;
}

interface Act<Kind> {
  readonly kind: Kind;
  readonly key: string;
  readonly node: number;
  /** How long a `pass` lasts. */
  readonly ms: number;
}

interface Plan {
  readonly writes: readonly Act<Write>[];
  readonly readers: readonly (readonly Act<Read>[])[];
}

const KEYS = ['a', 'b'];
const STALENESS_MS = 500;
const TTL_MS = 60_000;
const SWR_MS = 600_000;

const acts = <Kind extends string>(
  kinds: readonly Kind[],
  nodes: number,
  maxLength: number,
): Arbitrary<Act<Kind>[]> =>
  fc.array(
    fc.record({
      kind: fc.constantFrom(...kinds),
      key: fc.constantFrom('a', 'a', 'b'),
      node: fc.nat({ max: nodes - 1 }),
      ms: fc.constantFrom(100, 300, STALENESS_MS, STALENESS_MS + 1),
    }),
    { minLength: 1, maxLength },
  );

export const planOf = ({ writes, reads, nodes }: RaceKind): Arbitrary<Plan> =>
  fc.record({
    writes: acts(writes, nodes, 3),
    readers: fc.array(acts(reads, nodes, 3), { minLength: 1, maxLength: 3 }),
  });

/** Runs one race. @throws where something was violated. */
export const race = async (
  make: SubjectFactory,
  kind: RaceKind,
  plan: Plan,
  scheduler: Scheduler,
): Promise<void> => {
  const clock = new FakeClock();
  const { layout, nodes } = kind;
  const caches = make({ clock, scheduler, layout, nodes, ttlMs: TTL_MS, swrMs: kind.stale ? SWR_MS : 0 });
  const run = new Race(kind, caches, clock, scheduler);
  await drive(scheduler, clock, run.prepare());
  await drive(scheduler, clock, run.actAll(plan));
  clock.block(STALENESS_MS + 1);
  await drive(scheduler, clock, run.checkRest());
};

const tagOf = (key: string): string => `tag of ${key}`;

class Race {
  readonly #kind: RaceKind;
  readonly #caches: readonly RaceCache[];
  readonly #clock: FakeClock;
  readonly #scheduler: Scheduler;
  readonly #source = new Source(STALENESS_MS);

  constructor(kind: RaceKind, caches: readonly RaceCache[], clock: FakeClock, scheduler: Scheduler) {
    this.#kind = kind;
    this.#caches = caches;
    this.#clock = clock;
    this.#scheduler = scheduler;
  }

  async prepare(): Promise<void> {
    if (!this.#kind.stale) return;
    for (const key of KEYS) await this.#at(0).set(key, { version: 0 }, { tags: [tagOf(key)] });
    this.#clock.block(TTL_MS + 1);
  }

  async actAll({ writes, readers }: Plan): Promise<void> {
    const actor = async <K>(
      list: readonly Act<K>[],
      perform: (act: Act<K>) => Promise<void>,
    ): Promise<void> => {
      for (const act of list) {
        await this.#turn(`${String(act.kind)} ${act.key} at ${act.node}`);
        await perform(act);
      }
    };
    await Promise.all([
      actor(writes, (act) => this.#write(act)),
      ...readers.map((list) => actor(list, (act) => this.#read(act))),
    ]);
  }

  /** After all is over, and every bound has passed: nothing old is there, and nothing old is loaded. */
  async checkRest(): Promise<void> {
    for (const [node, cache] of this.#caches.entries()) {
      for (const key of KEYS) {
        const kept = await cache.get(key);
        if (kept) this.#check('at rest', key, node, kept, this.#source.current(key));
        const loaded = await cache.getOrSet(key, (context) => this.#load(key, context), {});
        this.#check('at rest, loaded', key, node, loaded, this.#source.current(key));
      }
    }
  }

  async #write({ kind, key, node }: Act<Write>): Promise<void> {
    const cache = this.#at(node);
    const version = this.#source.change(key);
    switch (kind) {
      case 'set':
        await cache.set(key, { version }, { tags: [tagOf(key)] });
        break;
      case 'delete':
      case 'expire':
        await cache[kind](key);
        break;
      case 'clear':
        await cache.clear();
        break;
      case 'tags':
        await cache.invalidateTags([tagOf(key)]);
        break;
    }
    this.#source.acknowledge(key, version, node, this.#clock.now());
  }

  async #read({ kind, key, node, ms }: Act<Read>): Promise<void> {
    if (kind === 'pass') {
      this.#clock.block(ms);
      return;
    }
    const cache = this.#at(node);
    const floors = new Map(KEYS.map((one) => [one, this.#source.floor(one, node, this.#clock.now())]));
    const check = (one: string, seen: Version | undefined): void => {
      if (seen) this.#check(kind, one, node, seen, floors.get(one) ?? 0);
    };
    const tags = this.#kind.lateTags ? [] : [tagOf(key)];
    switch (kind) {
      case 'get':
        check(key, await cache.get(key));
        break;
      case 'getOrSet':
        check(key, await cache.getOrSet(key, (context) => this.#load(key, context), { tags }));
        break;
      case 'getOrSetMany': {
        const all = this.#kind.lateTags ? [] : KEYS.map(tagOf);
        const values = await cache.getOrSetMany(
          KEYS,
          async (missing, context) => {
            const pairs: (readonly [string, Version])[] = [];
            for (const one of missing) {
              const addTags = (...names: readonly string[]): void => context.addTags(one, ...names);
              pairs.push([one, await this.#load(one, { addTags })]);
            }
            return pairs;
          },
          { tags: all },
        );
        for (const [one, seen] of values) check(one, seen);
        break;
      }
      case 'fill': {
        const { value, fence } = await cache.inspect(key);
        check(key, value);
        if (value) return;
        const fetched = await this.#load(key, { addTags: () => undefined });
        await cache.set(key, fetched, { tags: [tagOf(key)], ...(fence && { fence }) });
        break;
      }
    }
  }

  /** The way to the source and back takes a turn each. */
  async #load(key: string, context: { addTags(...tags: readonly string[]): void }): Promise<Version> {
    await this.#turn(`fetch ${key}`);
    const version = this.#source.current(key);
    await this.#turn(`fetched ${key}, version ${version}`);
    if (this.#kind.lateTags) context.addTags(tagOf(key));
    return { version };
  }

  #turn(label: string): Promise<void> {
    return this.#scheduler.schedule(Promise.resolve(), label);
  }

  #at(node: number): RaceCache {
    const cache = this.#caches[node];
    if (!cache) throw new Error(`no cache ${node}`);
    return cache;
  }

  #check(what: string, key: string, node: number, { version }: Version, floor: number): void {
    if (version >= floor) return;
    throw new Error(`${what} ${key} at ${node}: version ${version}, and ${floor} was acknowledged`);
  }
}
