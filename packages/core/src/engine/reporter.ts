import type { Clock } from '../clock.ts';
import type { MissReason } from '../entry.ts';
import { type CacheEventName, type CacheEvents, type CacheListener, EventHub, type Tier } from '../events.ts';
import type { Logger } from '../logger.ts';
import { Counters } from './counters.ts';

interface About {
  readonly key?: string;
  readonly tier?: Tier;
}

/**
 * The one place where what happens is counted and told. A namespace's reporter passes everything on to its
 * parent's, so that a parent's stats and listeners cover what lies below. An event that nobody listens to
 * is never built.
 */
export class Reporter {
  readonly counters: Counters = new Counters();
  readonly #hub: EventHub;
  readonly #name: string;
  readonly #namespace: string;
  readonly #clock: Clock;
  #logger: Logger | undefined;
  readonly #counts: boolean;
  readonly #parent: Reporter | undefined;

  constructor(
    identity: { name: string; namespace: string; stats: boolean },
    clock: Clock,
    logger: Logger | undefined,
    parent?: Reporter,
  ) {
    this.#name = identity.name;
    this.#namespace = identity.namespace;
    this.#counts = identity.stats;
    this.#clock = clock;
    this.#logger = logger;
    this.#parent = parent;
    this.#hub = new EventHub((event, error) => {
      this.#log('error', 'a cache event listener threw', { event, error: errorName(error) });
    });
  }

  on<N extends CacheEventName>(event: N, listener: CacheListener<N>): () => void {
    return this.#hub.on(event, listener);
  }

  hit(key: string, tier: Tier | undefined, how: { stale: boolean; negative: boolean }): void {
    this.#count(key, (counters, family) => {
      counters.hits += 1;
      family.hits += 1;
      if (tier === 'l1') counters.l1Hits += 1;
      if (tier === 'l2') counters.l2Hits += 1;
      if (how.stale) counters.stale += 1;
      if (how.negative) counters.negative += 1;
    });
    this.emit('entry.hit', { key, ...(tier && { tier }) }, how);
  }

  miss(key: string, reason: MissReason): void {
    this.#count(key, (counters, family) => {
      counters.misses += 1;
      family.misses += 1;
    });
    this.emit('entry.missed', { key }, { reason });
  }

  stored(key: string, ttlMs: number): void {
    this.#count(key, (counters, family) => {
      counters.sets += 1;
      family.sets += 1;
    });
    this.emit('entry.stored', { key }, { ttlMs });
  }

  deleted(key: string): void {
    this.#count(key, (counters, family) => {
      counters.deletes += 1;
      family.deletes += 1;
    });
    this.emit('entry.deleted', { key }, {});
  }

  rejected(key: string, reason: CacheEvents['entry.rejected']['reason']): void {
    this.#add('errors');
    this.emit('entry.rejected', { key }, { reason });
  }

  fenced(key: string): void {
    this.#add('fenced');
    this.emit('load.fenced', { key }, {});
  }

  joined(key: string): void {
    this.#add('joined');
    this.emit('load.joined', { key }, {});
  }

  loadStarted(key: string): void {
    this.#add('loads');
    this.emit('load.started', { key }, {});
  }

  loadFinished(key: string, durationMs: number): void {
    this.#each((counters) => counters.loadMs.record(durationMs));
    this.emit('load.finished', { key }, { durationMs });
  }

  evicted(key: string): void {
    this.#add('evictions');
    this.emit('entry.evicted', { key, tier: 'l1' }, {});
  }

  tagsInvalidated(tags: readonly string[]): void {
    this.#each((counters) => {
      counters.deletes += tags.length;
    });
    this.emit('tag.invalidated', {}, { tags });
  }

  /** A store failed; the cache goes on without it. */
  backendFailed(tier: Tier, operation: string, error: unknown): void {
    this.#add('errors');
    this.#log('warn', 'cache store failed', { cache: this.#name, tier, operation, error: errorName(error) });
    this.emit('backend.failed', { tier }, { operation, error });
  }

  emit<N extends CacheEventName>(event: N, about: About, own: CacheEvents[N]): void {
    if (this.#hub.has(event)) {
      const base = { cache: this.#name, namespace: this.#namespace, ...about, atMs: this.#clock.wallNow() };
      this.#hub.emit(event, { ...base, ...own });
    }
    this.#parent?.emit(event, about, own);
  }

  /** A logger that throws is the logger's trouble. */
  #log(level: 'warn' | 'error', message: string, details: object): void {
    try {
      this.#logger?.[level](message, details);
    } catch {
      this.#logger = undefined; // it would throw again, and nobody is left to tell
    }
  }

  #add(counter: 'errors' | 'fenced' | 'joined' | 'loads' | 'evictions'): void {
    this.#each((counters) => {
      counters[counter] += 1;
    });
  }

  #count(key: string, change: (counters: Counters, family: ReturnType<Counters['family']>) => void): void {
    const local = this.#namespace === '' ? key : key.slice(this.#namespace.length + 1);
    this.#each((counters) => change(counters, counters.family(local)));
  }

  #each(change: (counters: Counters) => void): void {
    if (this.#counts) change(this.counters);
    if (this.#parent) this.#parent.#each(change);
  }
}

/** What may be logged of an error: its class and code, never its message, which could hold a value. */
const errorName = (error: unknown): string =>
  error instanceof Error
    ? `${error.name} ${String((error as { code?: unknown }).code ?? '')}`.trim()
    : 'unknown';
