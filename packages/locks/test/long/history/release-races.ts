/**
 * Releases against renewals: in each round a lease is released about when its renewal is under way, and requests and
 * replies overtake one another. Nothing may be left behind, and no renewal may be sent after the release.
 */
import type { LockGrant, LockStore, MaybePromise } from '@keepsake/core';
import { createLocks, MemoryLockStore } from '@keepsake/locks';
import { EventLoops, Random } from '@keepsake/tooling/simulation';

const TTL_MS = 300;
const LONGEST_MS = 30;
/** Rounds of one world. */
const ROUNDS = 100;

/** Carries each call out after a delay of its own, so that one overtakes another. */
class UnorderedStore implements LockStore {
  readonly name = 'unordered';
  readonly #inner: LockStore;
  readonly #loops: EventLoops;
  readonly #random: Random;
  /** When renewals were sent and carried out, by token. */
  readonly renewals = new Map<string, { readonly sentMs: number; doneMs: number }[]>();

  constructor(inner: LockStore, loops: EventLoops, random: Random) {
    this.#inner = inner;
    this.#loops = loops;
    this.#random = random;
  }

  acquire(names: readonly string[], token: string, ttlMs: number): Promise<LockGrant> {
    return this.#pass(() => this.#inner.acquire(names, token, ttlMs));
  }

  extend(names: readonly string[], token: string, ttlMs: number): Promise<'extended' | 'absent' | 'other'> {
    const renewal = { sentMs: this.#loops.nowMs, doneMs: Infinity };
    this.renewals.set(token, [...(this.renewals.get(token) ?? []), renewal]);
    return this.#pass(() => {
      renewal.doneMs = this.#loops.nowMs;
      return this.#inner.extend(names, token, ttlMs);
    });
  }

  release(names: readonly string[], token: string): Promise<boolean> {
    return this.#pass(() => this.#inner.release(names, token));
  }

  onRelease(names: readonly string[], listener: () => void): MaybePromise<() => void> {
    return this.#inner.onRelease(names, listener);
  }

  close(): void {
    // The store behind it is looked at afterwards.
  }

  async #pass<T>(work: () => MaybePromise<T>): Promise<T> {
    await this.#travel();
    const answer = await work();
    await this.#travel();
    return answer;
  }

  #travel(): Promise<void> {
    const { nowMs } = this.#loops;
    return new Promise((resolve) => void this.#loops.at(nowMs + this.#random.below(LONGEST_MS), resolve));
  }
}

export interface ReleaseRaces {
  readonly releases: number;
  /** Releases with a renewal under way: it arrived before the release, or after it. */
  readonly before: number;
  readonly after: number;
  readonly violations: readonly string[];
}

type Serve = (store: MemoryLockStore) => LockStore;

/** A renewal that takes the lock anew where it is gone. */
export const renewingWhatIsGone: Serve = (store) => ({
  name: 'renewing',
  acquire: (names, token, ttlMs) => store.acquire(names, token, ttlMs),
  extend: (names, token, ttlMs) => (store.acquire(names, token, ttlMs).granted ? 'extended' : 'other'),
  release: (names, token) => store.release(names, token),
  onRelease: (names, listener) => store.onRelease(names, listener),
  close: () => store.close(),
});

export const raceReleases = async (
  releases: number,
  seed: number,
  serve: Serve = (store) => store,
): Promise<ReleaseRaces> => {
  const total = { releases: 0, before: 0, after: 0 };
  const violations: string[] = [];
  for (let world = 0; total.releases < releases && violations.length === 0; world += 1) {
    const found = await raceInWorld(new Random(seed * 1_000_003 + world), serve);
    total.releases += ROUNDS;
    total.before += found.before;
    total.after += found.after;
    violations.push(...found.violations);
  }
  return { ...total, violations };
};

const raceInWorld = async (random: Random, serve: Serve): Promise<Omit<ReleaseRaces, 'releases'>> => {
  const loops = new EventLoops();
  const clock = loops.clockOf(0);
  const truth = new MemoryLockStore({ clock });
  const store = new UnorderedStore(serve(truth), loops, random);
  const locks = createLocks({ store, clock, ttl: `${TTL_MS}ms` });
  const violations: string[] = [];
  let [before, after] = [0, 0];
  const race = async (name: string): Promise<void> => {
    const lease = await locks.acquire(name, { wait: 0 });
    // From before the first renewal is sent to after the second has been answered.
    const heldMs = 60 + random.below(200);
    await new Promise((resolve) => void loops.at(loops.nowMs + heldMs, () => resolve(undefined)));
    const releasedAtMs = loops.nowMs;
    const isFreed = await lease.release();
    const doneAtMs = loops.nowMs;
    if (!isFreed) violations.push(`${name}: the release freed nothing`);
    if (truth.acquire([name], 'probe', 1).granted) truth.release([name], 'probe');
    else violations.push(`${name} is held after its release`);
    const renewals = (): { sentMs: number; doneMs: number }[] => store.renewals.get(lease.token) ?? [];
    const last = renewals().at(-1);
    if (last && last.doneMs > releasedAtMs) last.doneMs <= doneAtMs ? (before += 1) : (after += 1);
    await new Promise((resolve) => void loops.at(loops.nowMs + 2 * TTL_MS, () => resolve(undefined)));
    if (renewals().some(({ sentMs }) => sentMs > releasedAtMs)) {
      violations.push(`${name} was renewed after its release`);
    }
    if (!truth.acquire([name], 'probe', 1).granted) violations.push(`${name} is held a TTL later`);
  };
  const races = Promise.all(Array.from({ length: ROUNDS }, (_, i) => race(`n${i}`)));
  await loops.runUntil(3_000);
  await races;
  return { before, after, violations };
};
