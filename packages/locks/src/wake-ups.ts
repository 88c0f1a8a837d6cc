import type { Clock, LockStore } from '@keepsake/core';
import { Bell } from './bell.ts';
import type { Patience } from './patience.ts';

/** While no wake-ups can be had from the store it is asked this often. */
const POLL_MS = 250;

/** How one waiter is woken: by its turn in the line where the store keeps lines, else by each release, else by time. */
export class WakeUps {
  readonly #store: LockStore;
  readonly #bell: Bell;
  #heard: { readonly token: string; readonly stop: (() => void) | undefined } | undefined;

  constructor(store: LockStore, clock: Clock) {
    this.#store = store;
    this.#bell = new Bell(clock);
  }

  /** Rings from now on count: called before the store is asked. */
  reset(): void {
    this.#bell.reset();
  }

  /** Sees to it that the token is heard of. True: since this call only, so the store is to be asked once more. */
  async listen(names: readonly string[], token: string, patience: Patience): Promise<boolean> {
    if (this.#heard?.token === token) return false;
    this.#heard?.stop?.();
    this.#heard = undefined;
    const subscribing = (async () => this.#subscribe(names, token))().catch(
      // Without wake-ups the lock can still be had, by asking more often.
      () => undefined,
    );
    const stop = await patience.within(subscribing, (late) => late?.());
    this.#heard = { token, stop };
    return true;
  }

  /** Until the next ring, at most `ms`. */
  wait(ms: number, patience: Patience): Promise<void> {
    const isHeard = this.#heard?.stop !== undefined;
    return patience.within(this.#bell.wait(isHeard ? ms : Math.min(ms, POLL_MS)));
  }

  stop(): void {
    this.#bell.stop();
    this.#heard?.stop?.();
  }

  async #subscribe(names: readonly string[], token: string): Promise<() => void> {
    if (this.#store.onTurn !== undefined) return this.#store.onTurn(token, this.#bell.ring);
    return this.#store.onRelease(names, () => this.#bell.ring());
  }
}
