import type { Clock } from '@keepsake/core';
import { MAX_PASSED_URLS, PASS_MS } from './limits.ts';

/**
 * URLs whose last response could not be stored for reasons of its own: requests for them go to the handler
 * at once instead of waiting for each other. Bounded; a forgotten URL costs one wait.
 */
export class PassList {
  readonly #clock: Clock;
  readonly #until = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(url: string): void {
    this.#until.delete(url);
    this.#until.set(url, this.#clock.now() + PASS_MS);
    if (this.#until.size <= MAX_PASSED_URLS) return;
    const oldest = this.#until.keys().next();
    if (!oldest.done) this.#until.delete(oldest.value);
  }

  has(url: string): boolean {
    const until = this.#until.get(url);
    if (until === undefined) return false;
    if (this.#clock.now() < until) return true;
    this.#until.delete(url);
    return false;
  }

  delete(url: string): void {
    this.#until.delete(url);
  }

  get size(): number {
    return this.#until.size;
  }
}
