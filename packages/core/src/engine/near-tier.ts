import {
  type BackendFence,
  type CacheBackend,
  isMiss,
  type MaybePromise,
  type Miss,
  type ReadIntent,
  type StoreOutcome,
} from '../backend.ts';
import type { Clock } from '../clock.ts';
import type { Entry } from '../entry.ts';
import { MemoryBackend } from '../memory/memory-backend.ts';
import type { Coherence } from './coherence.ts';
import { nearLife, type StoreContent } from './near-copy.ts';

interface NearTierOptions {
  readonly l1: CacheBackend | undefined;
  readonly l2: CacheBackend | undefined;
  readonly clock: Clock;
  readonly stalenessMs: number;
  /** Whether L1 is served even while the bus is lost. */
  readonly servesUnheard: boolean;
}

/** What L1 has of a key. `usable`: it may be served. `fence`: from before L2 is asked, to keep what L2 has. */
export interface NearFound {
  readonly found: Entry | Miss;
  readonly usable: boolean;
  readonly fence: BackendFence | undefined;
}

const ABSENT: Miss = { reason: 'never-set' };
const NOTHING: NearFound = { found: ABSENT, usable: false, fence: undefined };

/**
 * L1 in front of L2, or alone. In front of L2 it holds copies: without a bus each is fresh for at most
 * `stalenessMs`, counted from before the read or the load that it came from; with one it is served only while
 * the bus lease holds. Either way no read is staler than that.
 */
export class NearTier {
  readonly #o: NearTierOptions;
  readonly memory: MemoryBackend | undefined;
  /** Set where a bus tells of changes. */
  coherence: Coherence | undefined;

  constructor(options: NearTierOptions) {
    const { l1 } = options;
    this.#o = options;
    this.memory = l1 instanceof MemoryBackend ? l1 : undefined;
  }

  /** What lies in this process's memory, accepted by `shape`, and may be served, fresh or stale, at once. */
  look(key: string, shape: object | undefined): Entry | undefined {
    const entry = this.memory?.look(key);
    if (entry === undefined || (shape !== undefined && entry.acceptedBy !== shape)) return undefined;
    return !this.#o.l2 || this.#trusts(entry) ? entry : undefined;
  }

  /** `shape`: in front of L2, what was not accepted by it is looked for there. */
  read(
    keys: readonly string[],
    intent: ReadIntent,
    shape: object | undefined,
  ): MaybePromise<readonly NearFound[]> {
    const { l1 } = this.#o;
    return l1 ? this.#readFrom(l1, keys, intent, shape) : keys.map(() => NOTHING);
  }

  async #readFrom(
    l1: CacheBackend,
    keys: readonly string[],
    intent: ReadIntent,
    shape: object | undefined,
  ): Promise<NearFound[]> {
    const { l2 } = this.#o;
    // An L1 that takes its time may give what was there before something that is heard of meanwhile.
    const isHeard = this.#isHeard;
    const found = await l1.getMany(keys, l2 ? 'fill' : intent);
    return Promise.all(
      keys.map(async (key, i) => {
        const one = found[i] ?? ABSENT;
        if (isMiss(one)) return { found: one, usable: false, fence: one.fence };
        const isOther = shape !== undefined && one.acceptedBy !== shape;
        if (!l2 || (isHeard && !isOther && this.#trusts(one))) {
          return { found: one, usable: true, fence: undefined };
        }
        return { found: isOther ? ABSENT : one, usable: false, fence: await l1.capture(key, 'take') };
      }),
    );
  }

  /** Keeps what lies in L2. A number may be a counter, which others raise: it is always read from L2. */
  async keep(
    content: StoreContent,
    fence: BackendFence,
    madeAt: number,
    outcome: StoreOutcome = 'stored',
  ): Promise<StoreOutcome> {
    const { l1, clock, stalenessMs } = this.#o;
    const isHeard = this.coherence !== undefined && outcome === 'stored';
    const leftMs = isHeard ? Infinity : stalenessMs - (clock.now() - madeAt);
    const life = typeof content.value === 'number' ? undefined : nearLife(content.life, leftMs);
    if (!life) {
      await l1?.release([fence]);
      return 'unknown';
    }
    return (await l1?.setMany([{ ...content, life, condition: fence }]))?.[0] ?? 'unknown';
  }

  /** Whether what is lost on the way would be noticed, or need not be. */
  get #isHeard(): boolean {
    return this.#o.servesUnheard || (this.coherence?.isCurrent ?? true);
  }

  #trusts(entry: Entry): boolean {
    const { servesUnheard, clock } = this.#o;
    if (this.coherence && !servesUnheard && !this.coherence.trusts(entry)) return false;
    return clock.now() < entry.freshUntil; // a stale one may have been refreshed by another process
  }
}
