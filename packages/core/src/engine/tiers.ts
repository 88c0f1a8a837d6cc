/**
 * The two tiers as one store. It is longer than other files: what holds between the tiers stands in one place.
 */
import {
  type BackendFence,
  type CaptureMode,
  type CacheBackend,
  isMiss,
  type MaybePromise,
  type Miss,
  type ReadIntent,
  type RemovalMode,
  type StoreItem,
  type StoreOutcome,
} from '../backend.ts';
import type { Clock } from '../clock.ts';
import type { Removal } from '../removal.ts';
import { classify, type Entry, type MissReason } from '../entry.ts';
import { CacheError, isClosed } from '../errors.ts';
import type { Tier } from '../events.ts';
import type { Fence } from '../fence.ts';
import { keyTag } from '../key-tag.ts';
import type { MemoryBackend } from '../memory/memory-backend.ts';
import type { Tracking } from '../tracking.ts';
import type { Coherence } from './coherence.ts';
import { FarTier } from './far-tier.ts';
import { carryOut } from './journal.ts';
import { contentOf, type StoreContent } from './near-copy.ts';
import { NearTier } from './near-tier.ts';
import { inPortions, MAX_PORTION_KEYS } from './portions.ts';
import type { Reporter } from './reporter.ts';

/** What a look into the tiers found. After a hit the fence has ended. */
export type Found =
  | { readonly entry: Entry; readonly tier: Tier; readonly fence: Fence }
  | {
      readonly entry: undefined;
      readonly reason: MissReason;
      readonly fence: Fence;
      /** What L1 has and may not serve, while L2 cannot be asked: for a loader that fails. */
      readonly suspect?: Entry | undefined;
      /** Another process holds the right to fill it, and can be waited for. */
      readonly heldForMs?: number | undefined;
    };

/** What values must be that this shape has not accepted yet: they come out of a shared store, or another wrote them. */
export interface Shape {
  /** Entries of a higher version are not overwritten by a load. */
  readonly version: number;
  /**
   * The entry as it may be used, told to be accepted; undefined: it is not of this shape. `isOwn`: the value is the
   * store's own and must stay as it is. Settles in time and never rejects.
   */
  accept(entry: Entry, key: string, isOwn: boolean): MaybePromise<Entry | undefined>;
}

export interface TiersOptions {
  readonly l1: CacheBackend | undefined;
  readonly l2: CacheBackend | undefined;
  /** The tier that holds everything: L2 where there is one. */
  readonly last: CacheBackend;
  readonly clock: Clock;
  readonly l2TimeoutMs: number;
  readonly stalenessMs: number;
  readonly reporter: Reporter;
  /** Whether L1 is served even while the bus is lost. */
  readonly servesUnheard: boolean;
  /** Entries may depend on keys: then a change of a key reaches them. */
  readonly tracking: Tracking | undefined;
}

/** A walk over all keys may take as long as this many single calls. */
const WALK_STEPS = 20;

/** After a hit there is nothing to fill. */
const endedFence = (key: string): Fence => ({ key, takenAt: 0, l1: undefined, l2: undefined });

const UNAVAILABLE: Miss = { reason: 'unavailable' };

/**
 * The two tiers as one store that never fails: what L2 cannot do is a miss, a refusal or a journalled
 * removal, and an event.
 */
export class Tiers {
  readonly #o: TiersOptions;
  readonly #near: NearTier;
  readonly #far: FarTier | undefined;

  /** `ownPattern` matches all keys of the cache. */
  constructor(options: TiersOptions, ownPattern: string) {
    const { l2 } = options;
    this.#o = options;
    this.#near = new NearTier(options);
    const tellLate = async (removal: Removal): Promise<unknown> => this.#near.coherence?.publish(removal);
    this.#far = l2 && new FarTier(l2, { ...options, tellLate }, ownPattern);
  }

  /** From now on changes are told on a bus, and L1 is served only while it is heard. */
  connectTo(coherence: Coherence): void {
    this.#near.coherence = coherence;
  }

  get l1(): CacheBackend | undefined {
    return this.#o.l1;
  }

  get l2(): CacheBackend | undefined {
    return this.#o.l2;
  }

  get memoryAlone(): MemoryBackend | undefined {
    return this.#o.l2 ? undefined : this.#near.memory;
  }

  /** For how long a load in flight can be joined: what changed meanwhile is heard of, or not. */
  get joinableMs(): number {
    return !this.#o.l2 || this.#near.coherence?.isCurrent ? Infinity : this.#o.stalenessMs;
  }

  /** The bound on staleness that holds: 0 where nothing is shared, none where L1 is served unheard. */
  get stalenessMs(): number {
    const { l2, servesUnheard, stalenessMs } = this.#o;
    if (!l2) return 0;
    return servesUnheard && this.#near.coherence ? Infinity : stalenessMs;
  }

  /** Whether what a tier answers is a copy already that nobody keeps: made of bytes for this read. */
  givesAway(tier: Tier): boolean {
    const { l1, l2 } = this.#o;
    return tier === 'l2' && !l1 && l2?.capabilities.serializes === true;
  }

  /** L2 says of its own accord that it is back. */
  recovered(): void {
    this.#far?.recovered();
  }

  async close(): Promise<void> {
    await this.#far?.close();
    await this.#near.coherence?.close();
    try {
      await this.#o.l2?.close();
    } finally {
      await this.#o.l1?.close();
    }
  }

  /** What L1 has in this process's memory and may serve, fresh or stale, at once. */
  near(key: string, shape: Shape | undefined): Entry | undefined {
    return this.#near.look(key, shape);
  }

  /** L1, then L2. With intent `fill` the answer carries a fence wherever one could be had. */
  async read(key: string, intent: ReadIntent, shape?: Shape): Promise<Found> {
    return (await this.readMany([key], intent, shape))[0] as Found; // one key, one answer
  }

  async readMany(keys: readonly string[], intent: ReadIntent, shape?: Shape): Promise<Found[]> {
    if (keys.length <= MAX_PORTION_KEYS) return this.#readPortion(keys, intent, shape);
    return inPortions(keys, (some) => this.#readPortion(some, intent, shape));
  }

  async #readPortion(keys: readonly string[], intent: ReadIntent, shape?: Shape): Promise<Found[]> {
    const { l2, clock } = this.#o;
    const takenAt = clock.now();
    const asked = this.#near.read(keys, intent, shape);
    const near = asked instanceof Promise ? await asked : asked;
    const wanted = l2 ? keys.filter((_, i) => !near[i]?.usable) : [];
    const far =
      wanted.length > 0 ? await this.#far?.readFenced('get', (b) => askFor(b, wanted, intent), fencesOf) : [];
    let next = 0;
    const settled = near.map(({ found, usable, fence: l1 }, i): MaybePromise<Found> => {
      const key = keys[i] ?? '';
      const fence: Fence = { key, takenAt, l1, l2: undefined };
      if (usable && !isMiss(found)) {
        if (!shape || found.acceptedBy === shape) return { entry: found, tier: 'l1', fence: endedFence(key) };
        return this.#settle(fence, undefined, found, intent, shape);
      }
      const close = isMiss(found) ? undefined : found;
      if (!l2) return { entry: undefined, reason: isMiss(found) ? found.reason : 'expired', fence };
      const answer = far?.[next] ?? UNAVAILABLE;
      next += 1;
      // Without a shape and an L1 there is nothing to wait for.
      return (shape ?? l1)
        ? this.#settle(fence, close, answer, intent, shape)
        : isMiss(answer)
          ? this.#missed(fence, close, answer)
          : { entry: answer, tier: 'l2', fence: endedFence(key) };
    });
    const isThere = (one: MaybePromise<Found>): one is Found => !(one instanceof Promise);
    return settled.every(isThere) ? settled : Promise.all(settled.map(async (one) => one));
  }

  /** Copies an entry of the last tier to L1 if that is L2, under the fence that was taken before L2 was asked. */
  async #settle(
    fence: Fence,
    suspect: Entry | undefined,
    far: Entry | Miss,
    intent: ReadIntent,
    shape: Shape | undefined,
  ): Promise<Found> {
    const { l1, clock } = this.#o;
    const { key, takenAt } = fence;
    const entry =
      isMiss(far) || !shape ? far : await shape.accept(far, key, !this.#o.last.capabilities.serializes);
    if (entry && !isMiss(entry)) {
      if (fence.l1) await this.#near.keep(contentOf(key, entry, clock.now()), fence.l1, takenAt);
      return { entry, tier: this.#far ? 'l2' : 'l1', fence: endedFence(key) };
    }
    if (intent === 'read' && fence.l1) await l1?.release([fence.l1]);
    if (isMiss(far)) return this.#missed(fence, suspect, far);
    const last = intent === 'read' ? undefined : await this.#captureLast(key, 'if-free', shape);
    const right = this.#far ? { l2: last } : { l1: last };
    return { entry: undefined, reason: 'schema', fence: { ...fence, ...right } };
  }

  #missed(fence: Fence, suspect: Entry | undefined, far: Miss): Found {
    // An L1 entry that is not to be trusted may still be better than an error, if grace allows that.
    const isOfUse = far.reason === 'unavailable' && suspect && suspect.graceUntil > suspect.freshUntil;
    return {
      entry: undefined,
      reason: far.reason,
      fence: { ...fence, l2: far.fence },
      heldForMs: this.#o.l2?.waitForFill ? far.heldForMs : undefined,
      suspect: isOfUse ? suspect : undefined,
    };
  }

  /** The right to fill the last tier; none where a newer version of the value lies there. */
  async #captureLast(
    key: string,
    mode: CaptureMode,
    shape: Shape | undefined,
  ): Promise<BackendFence | undefined> {
    const take = (backend: CacheBackend): MaybePromise<BackendFence | undefined> =>
      backend.capture(key, mode);
    const fence = this.#far
      ? await this.#far.readFenced('capture', take, (late) => (late ? [late] : []))
      : await this.ask('capture', take);
    if (!fence || !shape) return fence;
    // Looked at under the fence: what is stored from now on ends it.
    const there = await this.ask('get', (b) => b.get(key, 'read'));
    if (there && (isMiss(there) || there.version <= shape.version)) return fence;
    await this.ask('release', (b) => b.release([fence]));
    return undefined;
  }

  /** Looks where the true lifetime is known, past the copies of L1; a miss hands out a fence. */
  async inspect(key: string, shape?: Shape): Promise<Found> {
    const { l1, l2, clock } = this.#o;
    const takenAt = clock.now();
    let found: Found;
    if (l2) {
      const near = await l1?.capture(key, 'take');
      const [far = UNAVAILABLE] =
        (await this.#far?.readFenced('get', (b) => askFor(b, [key], 'fence'), fencesOf)) ?? [];
      found = await this.#settle({ key, takenAt, l1: near, l2: undefined }, undefined, far, 'fence', shape);
    } else {
      found = await this.read(key, 'fence', shape);
    }
    if (!found.entry) return found;
    const state = classify(found.entry, clock.now());
    if (!found.entry.negative && (state === 'fresh' || state === 'swr')) return found;
    return { ...found, fence: (await this.capture(key, 'fence', shape)) ?? found.fence };
  }

  /** A new lifetime in the last tier; the copy in L1 goes, for it knows the old one. */
  async touch(key: string, freshMs: number): Promise<boolean> {
    const done = await this.ask('touch', (backend) => backend.touch(key, freshMs));
    if (this.#o.l2) await this.#o.l1?.removeMany([key], 'delete');
    return done ?? false;
  }

  /** A fence for a key whose entry is to be replaced; `take`: whoever holds one loses it. */
  async capture(key: string, mode: CaptureMode, shape?: Shape): Promise<Fence | undefined> {
    const { l1, l2, clock } = this.#o;
    const takenAt = clock.now();
    const near = l2 && (await l1?.capture(key, 'take'));
    const last = await this.#captureLast(key, mode, shape);
    if (!l2) return last && { key, takenAt, l1: last, l2: undefined };
    // Without the right to L2, who takes replaces what lies in L1: a read after it must not find the old.
    return last || mode === 'take' ? { key, takenAt, l1: near, l2: last } : undefined;
  }

  /** Until another process has filled the key or given it up, and for so long at most. */
  async waitForFill(key: string, ms: number): Promise<void> {
    await this.#far?.attempt(
      'waitForFill',
      async (l2) => l2.waitForFill?.(key, ms),
      ms + this.#o.l2TimeoutMs,
    );
  }

  /** Gives a fence back. Where the store was closed meanwhile it is gone with it. */
  async release({ l1, l2 }: Fence): Promise<void> {
    try {
      if (l1) await this.#o.l1?.release([l1]);
      if (l2) await this.#far?.attempt('release', (backend) => backend.release([l2]));
    } catch (error) {
      if (!isClosed(error)) throw error;
    }
  }

  /**
   * Stores in L2, then in L1. `madeAt`: when the making of the value began, from which the life of the L1
   * copy counts. With L2 out of reach only L1 keeps it, under its fence. `isChange`: it replaces a value that
   * others may hold as fresh.
   */
  async fill(content: StoreContent, fence: Fence, madeAt: number, isChange?: boolean): Promise<StoreOutcome> {
    const { l1 } = this.#o;
    const { l2 } = fence;
    if (!this.#far) {
      if (!l1 || !fence.l1) return 'fenced';
      return (await l1.setMany([{ ...content, condition: fence.l1 }]))[0] ?? 'unknown';
    }
    let outcome: StoreOutcome = 'unknown';
    if (l2) {
      const outcomes = await this.#far.read('fill', (b) => b.setMany([{ ...content, condition: l2 }]));
      outcome = outcomes?.[0] ?? 'unknown';
    }
    if (isChange && outcome === 'stored') await this.#tellChanged([content.key]);
    if (!l1 || !fence.l1) return outcome;
    if (outcome === 'stored' || outcome === 'unknown') {
      const near = await this.#near.keep(content, fence.l1, madeAt, outcome);
      return outcome === 'stored' ? outcome : near;
    }
    await l1.release([fence.l1]);
    return outcome;
  }

  /** Stores unconditionally or if absent. What L2 did not confirm is not kept in L1 either. */
  async store(
    contents: readonly StoreContent[],
    condition: 'always' | 'absent',
  ): Promise<readonly StoreOutcome[]> {
    const { l1, l2 } = this.#o;
    const items = contents.map((content) => ({ ...content, condition }));
    if (!l2) return (await l1?.setMany(items)) ?? [];
    return inPortions(
      items,
      (some) => this.#storePortion(some),
      ({ value }) => value,
    );
  }

  async #storePortion(items: readonly StoreItem[]): Promise<StoreOutcome[]> {
    const { l1, clock } = this.#o;
    const keys = items.map(({ key }) => key);
    const madeAt = clock.now();
    await l1?.removeMany(keys, 'delete');
    // A removal or another store meanwhile ends the fences: then L1 keeps nothing of this one.
    const fences = l1 ? await Promise.all(keys.map(async (key) => l1.capture(key, 'take'))) : [];
    const outcomes = await this.#far?.read('set', (backend) => backend.setMany(items));
    const changed = keys.filter((_, i) => (outcomes?.[i] ?? 'unknown') === 'stored');
    const isTold = changed.length === 0 || (await this.#tellChanged(changed));
    return Promise.all(
      items.map(async (item, i) => {
        const outcome = outcomes?.[i] ?? 'unknown';
        const fence = fences[i];
        if (!l1 || !fence) return outcome;
        const near = outcome === 'stored' && isTold && (await this.#near.keep(item, fence, madeAt));
        // A read meanwhile may have copied what L2 had before.
        if (near !== 'stored') await l1.removeMany([item.key], 'delete');
        return isTold ? outcome : 'unknown';
      }),
    );
  }

  /** What depends on keys that changed goes, and the others learn of it; false: that is not known. */
  async #tellChanged(keys: readonly string[], mode: RemovalMode = 'delete'): Promise<boolean> {
    const { tracking, l2, l1 } = this.#o;
    let isTold = (await this.#near.coherence?.publish({ kind: 'keys', keys, mode })) ?? true;
    if (!tracking || l2?.capabilities.keyTags) return isTold;
    const dependents: Removal = { kind: 'tags', tags: keys.map(keyTag), mode };
    isTold = (await this.#far?.remove(dependents)) !== undefined && isTold;
    if (l1) await carryOut(l1, dependents);
    return ((await this.#near.coherence?.publish(dependents)) ?? true) && isTold;
  }

  /** Removes in L1 at once, in L2, and in L1 again: a read meanwhile may have copied what L2 still had. */
  async remove(removal: Removal): Promise<{ acknowledged: boolean; count: number | undefined }> {
    const { l1 } = this.#o;
    const near = l1 ? await carryOut(l1, removal) : undefined;
    if (!this.#far) return { acknowledged: true, count: near };
    const done = await this.#far.remove(removal);
    if (l1) await carryOut(l1, removal);
    const isTold =
      removal.kind === 'keys'
        ? await this.#tellChanged(removal.keys, removal.mode)
        : ((await this.#near.coherence?.publish(removal)) ?? true);
    return { acknowledged: done !== undefined && isTold, count: done?.count };
  }

  /** For what must not be answered wrongly: the store's own error is passed on. */
  async strictly<T>(operation: string, work: (backend: CacheBackend) => T | Promise<T>): Promise<T> {
    try {
      if (this.#far && !(await this.#far.isCaughtUp())) {
        throw new CacheError('ERR_UNAVAILABLE', `${operation}: the store cannot be asked`);
      }
      return await work(this.#o.last);
    } catch (error) {
      if (error instanceof CacheError && error.code !== 'ERR_TIMEOUT') throw error;
      this.#o.reporter.backendFailed(this.#o.l2 ? 'l2' : 'l1', operation, error);
      throw new CacheError('ERR_UNAVAILABLE', `${operation}: the store cannot be asked`, { cause: error });
    }
  }

  /** Keys of the last tier that match; none where it cannot be asked. */
  async *keys(pattern: string): AsyncIterable<string> {
    if (this.#far && !(await this.#far.isCaughtUp())) return;
    yield* this.#o.last.keys(pattern);
  }

  /** Asks the last tier; undefined where it cannot be asked. `'walk'`: many steps, each with its own deadline. */
  async ask<T>(
    operation: string,
    work: (backend: CacheBackend) => T | Promise<T>,
    extent?: 'walk',
  ): Promise<T | undefined> {
    if (!this.#far) return work(this.#o.last);
    const { l2TimeoutMs } = this.#o;
    return this.#far.read(operation, work, extent === 'walk' ? l2TimeoutMs * WALK_STEPS : l2TimeoutMs);
  }
}

const fencesOf = (answers: readonly (Entry | Miss)[]): BackendFence[] =>
  answers.flatMap((answer) => (isMiss(answer) && answer.fence ? [answer.fence] : []));

const askFor = async (
  backend: CacheBackend,
  keys: readonly string[],
  intent: ReadIntent,
): Promise<readonly (Entry | Miss)[]> => {
  const [key] = keys;
  return keys.length === 1 && key !== undefined
    ? [await backend.get(key, intent)]
    : backend.getMany(keys, intent);
};
