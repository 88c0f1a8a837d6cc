import assert from 'node:assert/strict';
import type { AsyncCommand } from 'fast-check';
import type { Cache, SetOptions } from '@keepsake/core';
import type { ReferenceCache } from './reference-cache.ts';
import type { Wish } from './reference-entry.ts';
import { checkInvariants, settle, type Site, type World } from './world.ts';

/** Model, real cache and the full name of a local key or tag, at the site of one command. */
export interface At {
  readonly model: ReferenceCache;
  readonly world: World;
  readonly cache: Cache;
  full(name: string): string;
}

/** One command: acts on both, compares what they answer, then checks what must always hold. */
export class Step implements AsyncCommand<ReferenceCache, World> {
  readonly #label: string;
  readonly #site: Site;
  readonly #body: (at: At) => Promise<void>;

  constructor(label: string, site: Site, body: (at: At) => Promise<void>) {
    this.#label = label;
    this.#site = site;
    this.#body = body;
  }

  check(): boolean {
    return true;
  }

  async run(model: ReferenceCache, world: World): Promise<void> {
    const site = this.#site;
    world.onStep();
    await this.#body({ model, world, cache: world.caches[site], full: (name) => site + name });
    await settle();
    await checkInvariants(model, world);
  }

  toString(): string {
    return `${this.#site}${this.#label}`;
  }
}

export const ms = (value: number): `${number}ms` => `${value}ms`;

/** A wish as the options of a call. */
export const toOptions = (wish: Wish): SetOptions => ({
  ...(wish.ttlMs !== undefined && { ttl: wish.ttlMs === Infinity ? 'forever' : ms(wish.ttlMs) }),
  ...(wish.swrMs > 0 && { swr: ms(wish.swrMs) }),
  ...(wish.graceMs > 0 && { grace: ms(Math.max(wish.swrMs, wish.graceMs)) }),
  ...(wish.sliding && { sliding: true }),
  ...(wish.tags.length > 0 && { tags: wish.tags }),
});

/** The wish with its tags in full. */
export const inFull = <W extends Wish>(wish: W, at: At): W => ({ ...wish, tags: wish.tags.map(at.full) });

/** Changes an object that a caller holds: no other caller, and not the cache, may notice. */
export const spoil = (value: unknown): void => {
  if (typeof value === 'object' && value !== null) (value as { spoilt?: boolean }).spoilt = true;
};

export const assertSame = (actual: unknown, expected: unknown, what: string): void => {
  assert.deepStrictEqual(actual, expected, what);
  spoil(actual);
};
