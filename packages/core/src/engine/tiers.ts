import {
  type BackendFence,
  type CaptureMode,
  type CacheBackend,
  isMiss,
  type Lifetime,
  type Miss,
  type ReadIntent,
  type StoreOutcome,
} from '../backend.ts';
import type { Clock } from '../clock.ts';
import { classify, type Entry } from '../entry.ts';
import { CacheError } from '../errors.ts';
import type { Tier } from '../events.ts';
import type { Fence } from '../fence.ts';
import { FarTier } from './far-tier.ts';
import { carryOut, type Removal } from './journal.ts';
import { contentOf, keepNear, type StoreContent } from './near-copy.ts';
import type { Reporter } from './reporter.ts';

/** What a look into the tiers found. */
export type Found =
  | { readonly entry: Entry; readonly tier: Tier; readonly fence: Fence }
  | { readonly entry: undefined; readonly reason: Miss['reason']; readonly fence: Fence };

export interface TiersOptions {
  readonly l1: CacheBackend | undefined;
  readonly l2: CacheBackend | undefined;
  readonly clock: Clock;
  readonly l2TimeoutMs: number;
  readonly stalenessMs: number;
  readonly reporter: Reporter;
}

/** A walk over all keys may take as long as this many single calls. */
const WALK_STEPS = 20;

/** After a hit there is nothing to fill. */
const endedFence = (key: string): Fence => ({ key, takenAt: 0, l1: undefined, l2: undefined });

const ABSENT: Miss = { reason: 'never-set' };

/**
 * The two tiers as one store that never fails: what L2 cannot do is a miss, a refusal or a journalled
 * removal, and an event. Without a bus an L1 entry lives at most `stalenessMs`, counted from before the
 * read or the load that it came from, so no read is staler than that.
 */
export class Tiers {
  readonly #o: TiersOptions;
  readonly #far: FarTier | undefined;

  /** `ownPattern` matches all keys of the cache. */
  constructor(options: TiersOptions, ownPattern: string) {
    this.#o = options;
    this.#far = options.l2 && new FarTier(options.l2, options, ownPattern);
  }

  get l1(): CacheBackend | undefined {
    return this.#o.l1;
  }

  get l2(): CacheBackend | undefined {
    return this.#o.l2;
  }

  /** The tier that holds everything: L2 where there is one. */
  get last(): CacheBackend {
    const last = this.#o.l2 ?? this.#o.l1;
    if (!last) throw new CacheError('ERR_OPTION', 'a cache needs l1 or l2');
    return last;
  }

  /** What L1 has, at once; a miss where there is none. */
  peek(key: string, intent: ReadIntent): Entry | Miss | Promise<Entry | Miss> {
    return this.#o.l1 ? this.#o.l1.get(key, intent) : ABSENT;
  }

  /** L1, then L2. With intent `fill` the answer carries a fence wherever one could be had. */
  async read(key: string, intent: ReadIntent): Promise<Found> {
    const startedAt = this.#o.clock.now();
    const near = await this.peek(key, this.#o.l2 ? 'fill' : intent);
    const l1Fence = isMiss(near) ? near.fence : undefined;
    if (!isMiss(near)) return { entry: near, tier: 'l1', fence: endedFence(key) };
    if (!this.#o.l2)
      return {
        entry: undefined,
        reason: near.reason,
        fence: { key, takenAt: startedAt, l1: l1Fence, l2: undefined },
      };
    const far = await this.#far?.read('get', (l2) => l2.get(key, intent));
    return this.#settle(key, far ?? { reason: 'unavailable' }, l1Fence, startedAt, intent);
  }

  /** Looks where the true lifetime is known, past the short-lived copies of L1; a miss hands out a fence. */
  async inspect(key: string): Promise<Found> {
    const found = await this.#inspectLast(key);
    if (!found.entry) return found;
    const state = classify(found.entry, this.#o.clock.now());
    if (!found.entry.negative && (state === 'fresh' || state === 'swr')) return found;
    const fence = await this.capture(key, 'fence');
    return fence ? { ...found, fence } : found;
  }

  async #inspectLast(key: string): Promise<Found> {
    if (!this.#o.l2) return this.read(key, 'fence');
    const takenAt = this.#o.clock.now();
    const l1 = await this.#o.l1?.capture(key, 'take');
    const far =
      (await this.#far?.read('get', (l2) => l2.get(key, 'fence'))) ?? ({ reason: 'unavailable' } as const);
    if (isMiss(far)) {
      return { entry: undefined, reason: far.reason, fence: { key, takenAt, l1, l2: far.fence } };
    }
    if (l1) await this.#o.l1?.release([l1]);
    return { entry: far, tier: 'l2', fence: endedFence(key) };
  }

  /** A new lifetime in the last tier; the copy in L1 goes, for it knows the old one. */
  async touch(key: string, life: Lifetime): Promise<boolean> {
    const done = await this.ask('touch', (backend) => backend.touch(key, life));
    if (this.#o.l2) await this.#o.l1?.removeMany([key], 'delete');
    return done ?? false;
  }

  async readMany(keys: readonly string[], intent: ReadIntent): Promise<Found[]> {
    const startedAt = this.#o.clock.now();
    const near = this.#o.l1
      ? await this.#o.l1.getMany(keys, this.#o.l2 ? 'fill' : intent)
      : keys.map(() => ABSENT);
    const wanted = keys.filter((_, i) => isMiss(near[i] ?? ABSENT));
    const far =
      this.#o.l2 && wanted.length > 0
        ? await this.#far?.read('getMany', (l2) => l2.getMany(wanted, intent))
        : undefined;
    let next = 0;
    return Promise.all(
      keys.map(async (key, i): Promise<Found> => {
        const close = near[i] ?? ABSENT;
        if (!isMiss(close)) {
          return { entry: close, tier: 'l1', fence: endedFence(key) };
        }
        if (!this.#o.l2) {
          return {
            entry: undefined,
            reason: close.reason,
            fence: { key, takenAt: startedAt, l1: close.fence, l2: undefined },
          };
        }
        const answer = far?.[next] ?? { reason: 'unavailable' as const };
        next += 1;
        return this.#settle(key, answer, close.fence, startedAt, intent);
      }),
    );
  }

  /** Copies a fresh L2 entry to L1, under the fence that was taken before L2 was asked. */
  async #settle(
    key: string,
    far: Entry | Miss,
    l1: BackendFence | undefined,
    startedAt: number,
    intent: ReadIntent,
  ): Promise<Found> {
    if (isMiss(far)) {
      if (intent === 'read' && l1) await this.#o.l1?.release([l1]);
      return {
        entry: undefined,
        reason: far.reason,
        fence: { key, takenAt: startedAt, l1, l2: far.fence },
      };
    }
    if (l1 && this.#o.l1) {
      const content = contentOf(key, far, this.#o.clock.now());
      await keepNear(this.#o.l1, content, l1, this.#leftMs(startedAt));
    }
    return { entry: far, tier: 'l2', fence: endedFence(key) };
  }

  /** A fence for a key whose entry is to be replaced; `take`: whoever holds one loses it. */
  async capture(key: string, mode: CaptureMode): Promise<Fence | undefined> {
    const takenAt = this.#o.clock.now();
    const l1 = await this.#o.l1?.capture(key, this.#o.l2 ? 'take' : mode);
    if (!this.#o.l2) return l1 && { key, takenAt, l1, l2: undefined };
    const l2 = await this.#far?.read(
      'capture',
      async (backend) => (await backend.capture(key, mode)) ?? null,
    );
    return l2 ? { key, takenAt, l1, l2 } : undefined;
  }

  async release(fence: Fence): Promise<void> {
    if (fence.l1) await this.#o.l1?.release([fence.l1]);
    const { l2 } = fence;
    if (l2) await this.#far?.attempt('release', (backend) => backend.release([l2]));
  }

  /**
   * Stores in L2, then in L1. `madeAt`: when the making of the value began, from which the life of the L1
   * copy counts. With L2 out of reach only L1 keeps it, under its fence and for its short life.
   */
  async fill(content: StoreContent, fence: Fence, madeAt: number): Promise<StoreOutcome> {
    const { l1 } = this.#o;
    if (!this.#o.l2) {
      if (!l1 || !fence.l1) return 'fenced';
      return (await l1.setMany([{ ...content, condition: fence.l1 }]))[0] ?? 'unknown';
    }
    const { l2 } = fence;
    let outcome: StoreOutcome = 'unknown';
    if (l2) {
      const outcomes = await this.#far?.read('fill', (b) => b.setMany([{ ...content, condition: l2 }]));
      outcome = outcomes?.[0] ?? 'unknown';
    }
    if (!l1 || !fence.l1) return outcome;
    if (outcome === 'stored' || outcome === 'unknown') {
      const near = await keepNear(l1, content, fence.l1, this.#leftMs(madeAt));
      return outcome === 'stored' ? outcome : near;
    }
    await l1.release([fence.l1]);
    return outcome;
  }

  /** Stores unconditionally or if absent. What L2 did not confirm is not kept in L1 either. */
  async store(contents: readonly StoreContent[], condition: 'always' | 'absent'): Promise<StoreOutcome[]> {
    const { l1, l2, clock } = this.#o;
    const keys = contents.map((content) => content.key);
    if (!l2) {
      return [...((await l1?.setMany(contents.map((content) => ({ ...content, condition })))) ?? [])];
    }
    const madeAt = clock.now();
    await l1?.removeMany(keys, 'delete');
    // A removal or another store meanwhile ends the fences: then L1 keeps nothing of this one.
    const fences = l1 ? await Promise.all(keys.map(async (key) => l1.capture(key, 'take'))) : [];
    const outcomes = await this.#far?.read('set', (b) =>
      b.setMany(contents.map((c) => ({ ...c, condition }))),
    );
    return Promise.all(
      contents.map(async (content, i) => {
        const outcome = outcomes?.[i] ?? 'unknown';
        const fence = fences[i];
        if (!l1 || !fence) return outcome;
        const near = outcome === 'stored' && (await keepNear(l1, content, fence, this.#leftMs(madeAt)));
        // A read meanwhile may have copied what L2 had before.
        if (near !== 'stored') await l1.removeMany([content.key], 'delete');
        return outcome;
      }),
    );
  }

  /** Removes in L1 at once, in L2, and in L1 again: a read meanwhile may have copied what L2 still had. */
  async remove(removal: Removal): Promise<{ acknowledged: boolean; count: number | undefined }> {
    const { l1 } = this.#o;
    const far = this.#far;
    const near = l1 ? await carryOut(l1, removal) : undefined;
    if (!far) return { acknowledged: true, count: near };
    const done = await far.remove(removal);
    if (l1) await carryOut(l1, removal);
    return { acknowledged: done !== undefined, count: done?.count };
  }

  /** For what must not be answered wrongly: the store's own error is passed on. */
  async strictly<T>(operation: string, work: (backend: CacheBackend) => T | Promise<T>): Promise<T> {
    try {
      if (this.#far && !(await this.#far.isCaughtUp())) {
        throw new CacheError('ERR_UNAVAILABLE', `${operation}: removals wait for the store`);
      }
      return await work(this.last);
    } catch (error) {
      if (error instanceof CacheError && error.code !== 'ERR_TIMEOUT') throw error;
      this.#o.reporter.backendFailed(this.#o.l2 ? 'l2' : 'l1', operation, error);
      throw new CacheError('ERR_UNAVAILABLE', `${operation}: the store cannot be asked`, { cause: error });
    }
  }

  /** Keys of the last tier that match; none where it cannot be asked. */
  async *keys(pattern: string): AsyncIterable<string> {
    if (this.#far && !(await this.#far.isCaughtUp())) return;
    yield* this.last.keys(pattern);
  }

  /** Asks the last tier; undefined where it cannot be asked. `'walk'`: many steps of the backend, each with its own deadline. */
  async ask<T>(
    operation: string,
    work: (backend: CacheBackend) => T | Promise<T>,
    extent?: 'walk',
  ): Promise<T | undefined> {
    if (!this.#far) return work(this.last);
    const { l2TimeoutMs } = this.#o;
    return this.#far.read(operation, work, extent === 'walk' ? l2TimeoutMs * WALK_STEPS : l2TimeoutMs);
  }

  /** What is left of the bound on staleness for what began at `startedAt`. */
  #leftMs(startedAt: number): number {
    return this.#o.stalenessMs - (this.#o.clock.now() - startedAt);
  }
}
