import { randomBytes } from 'node:crypto';
import { CLAIM_MS } from '@keepsake/core';
import type { RedisSubscriber } from '@keepsake/redis';

/** Before a token: it is next but one. */
const STAND_BY = '?';

/**
 * The calls to those of this process who stand in line: one channel for all of them, so waiting costs no subscription
 * of its own. Before the first of them it is not listened to.
 */
export class TurnCalls {
  readonly #channel: string;
  readonly #subscriber: () => RedisSubscriber;
  readonly #listeners = new Map<string, (inMs: number) => void>();
  #listening: Promise<unknown> | undefined;
  #isUp: () => boolean = () => false;

  constructor(prefix: string, subscriber: () => RedisSubscriber) {
    this.#channel = `${prefix}~lw:${randomBytes(12).toString('hex')}`;
    this.#subscriber = subscriber;
  }

  /** Where the token can be called; '' where it cannot be. */
  channelFor(token: string): string {
    return this.#listeners.has(token) && this.#isUp() ? this.#channel : '';
  }

  /** From when it resolves the token can be called. */
  async listen(token: string, listener: (inMs: number) => void): Promise<() => void> {
    this.#listening ??= this.#open();
    try {
      await this.#listening;
    } catch (error) {
      this.#listening = undefined;
      throw error;
    }
    this.#listeners.set(token, listener);
    return () => void this.#listeners.delete(token);
  }

  async #open(): Promise<void> {
    const subscriber = this.#subscriber();
    await subscriber.subscribe(this.#channel, (message) => this.#hear(message.toString('latin1')));
    this.#isUp = () => subscriber.isUp;
    // What was called while the subscription was down went unheard.
    subscriber.onUp(() => {
      for (const listener of [...this.#listeners.values()]) listener(0);
    });
  }

  #hear(message: string): void {
    const isStandBy = message.startsWith(STAND_BY);
    this.#listeners.get(isStandBy ? message.slice(1) : message)?.(isStandBy ? CLAIM_MS : 0);
  }
}
