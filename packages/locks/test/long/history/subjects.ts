/**
 * What is checked, by name. Only `ours` may pass; each mutant lacks one thing of what makes a lock hold, by a change
 * to what stands around it: its store, its clock, or the lease that it gives.
 */
import type { LineRequest, LockGrant, LockStore, MaybePromise } from '@keepsake/core';
import { createLocks, type Lease, type Locks } from '@keepsake/locks';
import { makeNaiveLocks } from './naive-locks.ts';
import type { SubjectParts } from './subject-parts.ts';

export interface LockSubject {
  /** What carries the locks at the server. */
  readonly serve: (store: LockStore) => LockStore;
  readonly make: (parts: SubjectParts) => Locks;
}

/** The object with some members replaced. */
const replaced = <T extends object>(inner: T, changed: Partial<T>): T =>
  new Proxy(inner, {
    get: (target, name) => {
      if (Object.hasOwn(changed, name)) return Reflect.get(changed, name) as unknown;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });

const asItIs = (store: LockStore): LockStore => store;

const keepsake = ({ store, clock, ttlMs, waitMs, isFair }: SubjectParts): Locks => {
  const locks = createLocks({ store, clock, ttl: `${ttlMs}ms`, wait: `${waitMs}ms` });
  return replaced(locks, { acquire: (name, options) => locks.acquire(name, { ...options, fair: isFair }) });
};

/** Leases go through `change` before anybody has them. */
const withLeases = (locks: Locks, change: (lease: Lease) => Lease): Locks =>
  replaced(locks, { acquire: async (name, options) => change(await locks.acquire(name, options)) });

/** Whoever asks frees the lock, whoever holds it. */
const releasingAnybodys = (store: LockStore): LockStore => {
  const holders = new Map<string, string>();
  const noted = async (
    names: readonly string[],
    token: string,
    asked: MaybePromise<LockGrant>,
  ): Promise<LockGrant> => {
    const grant = await asked;
    if (grant.granted) for (const name of names) holders.set(name, token);
    return grant;
  };
  const { acquireInLine } = store;
  return replaced(store, {
    acquire: (names, token, ttlMs) => noted(names, token, store.acquire(names, token, ttlMs)),
    ...(acquireInLine && {
      acquireInLine: (names: readonly string[], token: string, ttlMs: number, request: LineRequest) =>
        noted(names, token, acquireInLine.call(store, names, token, ttlMs, request)),
    }),
    release: (names) => store.release(names, holders.get(names[0] ?? '') ?? ''),
  });
};

/** Nobody asks whether the lease is still valid. */
const believingForEver = (parts: SubjectParts): Locks =>
  withLeases(keepsake(parts), (lease) => replaced(lease, { assertHeld: () => undefined }));

/** With each answer the clock is set back by the time that it took. */
const countingFromReply = (parts: SubjectParts): Locks => {
  let lateMs = 0;
  const { clock, store } = parts;
  const { acquireInLine } = store;
  const timed = async <T>(ask: () => MaybePromise<T>, isGood: (answer: T) => boolean): Promise<T> => {
    const sentAtMs = clock.now();
    const answer = await ask();
    if (isGood(answer)) lateMs += clock.now() - sentAtMs;
    return answer;
  };
  return keepsake({
    ...parts,
    clock: replaced(clock, { now: () => clock.now() - lateMs, wallNow: () => clock.wallNow() - lateMs }),
    store: replaced(store, {
      acquire: (names, token, ttlMs) =>
        timed(
          () => store.acquire(names, token, ttlMs),
          ({ granted }) => granted,
        ),
      ...(acquireInLine && {
        acquireInLine: (names: readonly string[], token: string, ttlMs: number, request: LineRequest) =>
          timed(
            () => acquireInLine.call(store, names, token, ttlMs, request),
            ({ granted }) => granted,
          ),
      }),
      extend: (names, token, ttlMs) =>
        timed(
          () => store.extend(names, token, ttlMs),
          (answer) => answer === 'extended',
        ),
    }),
  });
};

/** A renewal of its own that release does not end. */
const renewingForEver = (parts: SubjectParts): Locks => {
  const { clock, store, ttlMs } = parts;
  const renewAgain = (lease: Lease): void => {
    clock.setTimer(() => {
      Promise.resolve(store.extend(lease.names, lease.token, ttlMs)).then(
        (answer) => (answer === 'other' ? undefined : renewAgain(lease)),
        () => renewAgain(lease),
      );
    }, ttlMs / 3);
  };
  return withLeases(keepsake(parts), (lease) => {
    renewAgain(lease);
    return lease;
  });
};

/** A machine that slept does not know it. */
const blindToSleep = (parts: SubjectParts): Locks =>
  keepsake({ ...parts, clock: replaced(parts.clock, { wallNow: () => parts.clock.now() }) });

/** Each process counts its own fences. */
const fencingAlone = (parts: SubjectParts): Locks => {
  let last = 0;
  return withLeases(keepsake(parts), (lease) => replaced(lease, { fence: (last += 1) }));
};

const SUBJECTS: Readonly<Record<string, LockSubject>> = {
  ours: { serve: asItIs, make: keepsake },
  naive: { serve: releasingAnybodys, make: makeNaiveLocks },
  'releases-without-compare': { serve: releasingAnybodys, make: keepsake },
  'no-validity-check': { serve: asItIs, make: believingForEver },
  'ttl-counted-from-reply': { serve: asItIs, make: countingFromReply },
  'renews-after-release': { serve: asItIs, make: renewingForEver },
  'blind-to-sleep': { serve: asItIs, make: blindToSleep },
  'fences-of-its-own': { serve: asItIs, make: fencingAlone },
};

export const LOCK_MUTANTS: readonly string[] = Object.keys(SUBJECTS).slice(2);

/** @throws for a name that nobody has. */
export const subjectNamed = (name: string): LockSubject => {
  const subject = SUBJECTS[name];
  if (!subject) throw new Error(`no subject ${name}`);
  return subject;
};
