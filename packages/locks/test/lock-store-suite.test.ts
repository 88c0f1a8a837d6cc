import type { LineRequest, LockGrant, LockStore } from '@keepsake/core';
import { FakeClock } from '@keepsake/core/testing';
import { MemoryLockStore } from '@keepsake/locks';
import { lockStoreSuite } from '@keepsake/locks/testing';
import { describe, expect, it } from 'vitest';

/** Runs the suite against a store and gives the names of the promises that it breaks. */
const brokenPromises = async (make: (clock: FakeClock) => LockStore): Promise<string[]> => {
  const cases: { name: string; body: () => Promise<void> }[] = [];
  lockStoreSuite(
    'mutant',
    async () => {
      const clock = new FakeClock();
      const store = make(clock);
      return { store, peer: store, wait: (ms) => clock.advance(ms), close: async () => store.close() };
    },
    { describe: (_, body) => body(), it: (name, body) => cases.push({ name, body }) },
  );
  const broken: string[] = [];
  for (const { name, body } of cases) {
    await body().catch(() => broken.push(name));
  }
  return broken;
};

class ReleasesWithoutComparing extends MemoryLockStore {
  #owners = new Map<string, string>();
  override acquire(names: readonly string[], token: string, ttlMs: number): LockGrant {
    const grant = super.acquire(names, token, ttlMs);
    if (grant.granted) for (const name of names) this.#owners.set(name, token);
    return grant;
  }
  override release(names: readonly string[]): boolean {
    return names.map((name) => super.release([name], this.#owners.get(name) ?? '')).includes(true);
  }
}

class ExtendsWhatIsGone extends MemoryLockStore {
  override extend(names: readonly string[], token: string, ttlMs: number): 'extended' | 'absent' | 'other' {
    const extension = super.extend(names, token, ttlMs);
    return extension === 'absent' && this.acquire(names, token, ttlMs).granted ? 'extended' : extension;
  }
}

class TakesSomeOfSeveral extends MemoryLockStore {
  override acquire(names: readonly string[], token: string, ttlMs: number): LockGrant {
    const grants = names.map((name) => super.acquire([name], token, ttlMs));
    return grants.find(({ granted }) => !granted) ?? super.acquire(names, token, ttlMs);
  }
}

class RepeatsItsFence extends MemoryLockStore {
  override acquire(names: readonly string[], token: string, ttlMs: number): LockGrant {
    const grant = super.acquire(names, token, ttlMs);
    return grant.granted ? { granted: true, fence: 1 } : grant;
  }
}

class NeverWakes extends MemoryLockStore {
  override onRelease(): () => void {
    return () => undefined;
  }
}

class PassesTheLine extends MemoryLockStore {
  override acquireInLine(
    names: readonly string[],
    token: string,
    ttlMs: number,
    { holders }: LineRequest,
  ): LockGrant {
    return super.acquireInLine(names, token, ttlMs, { holders, placeMs: 0 });
  }
}

class LetsEverybodyShare extends MemoryLockStore {
  override acquireInLine(
    names: readonly string[],
    token: string,
    ttlMs: number,
    { holders, placeMs }: LineRequest,
  ): LockGrant {
    return super.acquireInLine(names, token, ttlMs, { holders: holders === 1 ? 1 : Infinity, placeMs });
  }
}

class LosesThePlaceOfWhoAsksAgain extends MemoryLockStore {
  override acquireInLine(
    names: readonly string[],
    token: string,
    ttlMs: number,
    request: LineRequest,
  ): LockGrant {
    const grant = super.acquireInLine(names, token, ttlMs, { ...request, placeMs: 0 });
    if (grant.granted) return grant;
    super.release(names, token);
    return super.acquireInLine(names, token, ttlMs, request);
  }
}

class CallsEverybody extends MemoryLockStore {
  readonly #all: (() => void)[] = [];
  override onTurn(token: string, listener: (inMs: number) => void): () => void {
    this.#all.push(() => listener(0));
    return super.onTurn(token, listener);
  }
  override release(names: readonly string[], token: string): boolean {
    const isFreed = super.release(names, token);
    for (const call of this.#all) call();
    return isFreed;
  }
}

class CallsNobody extends MemoryLockStore {
  override onTurn(): () => void {
    return () => undefined;
  }
}

describe('lockStoreSuite', () => {
  it('is passed by the store that the mutants are made of', async () => {
    expect(await brokenPromises((clock) => new MemoryLockStore({ clock }))).toEqual([]);
  });

  it.each([
    ['releases without comparing', ReleasesWithoutComparing],
    ['extends what is gone', ExtendsWhatIsGone],
    ['takes some of several', TakesSomeOfSeveral],
    ['repeats its fence', RepeatsItsFence],
    ['never wakes', NeverWakes],
    ['keeps no places', PassesTheLine],
    ['lets everybody share', LetsEverybodyShare],
    ['loses the place of who asks again', LosesThePlaceOfWhoAsksAgain],
    ['calls everybody', CallsEverybody],
    ['calls nobody', CallsNobody],
  ])('catches a store that %s', async (_, Mutant) => {
    expect(await brokenPromises((clock) => new Mutant({ clock }))).not.toEqual([]);
  });
});
