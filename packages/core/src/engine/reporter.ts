import type { Clock } from '../clock.ts';
import { type CacheEventName, type CacheEvents, type CacheListener, EventHub, type Tier } from '../events.ts';
import type { Logger } from '../logger.ts';
import { Counters } from './counters.ts';

interface About {
  readonly key?: string;
  readonly tier?: Tier | undefined;
}

/**
 * The one place where what happens is counted and told. What is told of a namespace is told of its parents,
 * too, so that their stats and listeners cover what lies below. An event that nobody listens to is never built.
 */
export class Reporter {
  readonly counters: Counters = new Counters();
  readonly #hub: EventHub;
  readonly #name: string;
  readonly #namespace: string;
  /** Where in a full key the namespace ends. */
  readonly #start: number;
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
    this.#start = identity.namespace === '' ? 0 : identity.namespace.length + 1;
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

  /** Apart from `tell`, for it is what happens most. */
  hit(key: string, tier: Tier | undefined, isStale: boolean, isNegative: boolean): void {
    if (this.#counts) this.counters.hit(key, this.#start, tier, isStale, isNegative);
    if (this.#hub.isHeard) this.#emit('entry.hit', { key, tier }, { stale: isStale, negative: isNegative });
    if (this.#parent !== undefined) this.#parent.hit(key, tier, isStale, isNegative);
  }

  tell<N extends CacheEventName>(event: N, about: About, own: CacheEvents[N]): void {
    if (this.#counts) this.counters.count(event, about.key ?? '', this.#start, own);
    if (this.#hub.isHeard) this.#emit(event, about, own);
    this.#parent?.tell(event, about, own);
  }

  /** A store failed; the cache goes on without it. */
  backendFailed(tier: Tier, operation: string, error: unknown): void {
    this.#log('warn', 'cache store failed', { cache: this.#name, tier, operation, error: errorName(error) });
    this.tell('backend.failed', { tier }, { operation, error });
  }

  #emit<N extends CacheEventName>(event: N, { key, tier }: About, own: CacheEvents[N]): void {
    if (!this.#hub.has(event)) return;
    this.#hub.emit(event, {
      cache: this.#name,
      namespace: this.#namespace,
      ...(key !== undefined && { key }),
      ...(tier && { tier }),
      atMs: this.#clock.wallNow(),
      ...own,
    });
  }

  /** A logger that throws is the logger's trouble. */
  #log(level: 'warn' | 'error', message: string, details: object): void {
    try {
      this.#logger?.[level](message, details);
    } catch {
      this.#logger = undefined; // it would throw again, and nobody is left to tell
    }
  }
}

/** What may be logged of an error: its class and code, never its message, which could hold a value. */
const errorName = (error: unknown): string =>
  error instanceof Error
    ? `${error.name} ${String((error as { code?: unknown }).code ?? '')}`.trim()
    : 'unknown';
