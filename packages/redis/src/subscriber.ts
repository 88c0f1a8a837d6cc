import { type Clock, systemClock, type Timer } from '@keepsake/core';
import { Changes } from './changes.ts';
import { type ClientSource, FAIL_FAST, type RedisClient, resolveClient } from './client.ts';
import { RedisFailure, toFailure } from './failure.ts';

/** How long a subscription may take to be confirmed. */
const SUBSCRIBE_WITHIN_MS = 1_000;
const CLOSE_WITHIN_MS = 500;

export interface RedisSubscriberOptions extends ClientSource {
  /** Instead of `url` and `client`: a client that nothing else uses, and that is closed with the subscriber. */
  readonly own?: RedisClient | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * A connection of its own that only listens. RESP2, because the client drops server pushes under RESP3. After
 * a lost connection it subscribes again by itself and tells `onUp`: what was published meanwhile is lost. A
 * SUBSCRIBE that was under way when the connection broke fails at once (no retries by the client): the next
 * connection subscribes all channels anew, in one command, so that none stands without the others.
 */
export class RedisSubscriber {
  readonly #client: RedisClient;
  readonly #clock: Clock;
  readonly #listeners = new Map<string, Set<(message: Buffer) => void>>();
  readonly #upListeners = new Set<() => void>();
  readonly #downListeners = new Set<() => void>();
  readonly #changes = new Changes();
  #isClosed = false;
  #isUp = false;
  #heardAt = -Infinity;

  constructor(options: RedisSubscriberOptions) {
    this.#client = options.own ?? listenerOf(options);
    this.#clock = options.clock ?? systemClock;
    const ignore = (): void => undefined;
    // Failures are told by `subscribe` and mended by the next connection.
    this.#client.on('error', ignore);
    this.#client.on('ready', () => {
      this.#changes.notify();
      this.#resubscribe();
    });
    this.#client.on('close', () => this.#goDown());
    this.#client.on('messageBuffer', (channel, message) => {
      this.#heardAt = this.#clock.now();
      for (const listener of this.#listeners.get(String(channel)) ?? []) listener(message as Buffer);
    });
  }

  /** Whether all subscriptions stand. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** When something last came, or the subscriptions stood again. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** Calls `listener` after every (re)connection, once the subscriptions stand again. */
  onUp(listener: () => void): () => void {
    this.#upListeners.add(listener);
    return () => void this.#upListeners.delete(listener);
  }

  /** Calls `listener` when a connection whose subscriptions stood is lost. */
  onDown(listener: () => void): () => void {
    this.#downListeners.add(listener);
    return () => void this.#downListeners.delete(listener);
  }

  /**
   * Delivers messages of the channels whenever there is a connection, and sees to it that there is one; each
   * call is made as the message arrives. Gives back the end of it.
   */
  listen(listeners: ReadonlyMap<string, (message: Buffer) => void>): () => void {
    for (const [channel, listener] of listeners) {
      const known = this.#listeners.get(channel) ?? new Set();
      this.#listeners.set(channel, known.add(listener));
    }
    if (this.#client.status === 'ready') this.#resubscribe();
    if (this.#client.status === 'wait') this.#client.connect().catch(() => undefined); // it tries again by itself
    return () => {
      const ended: string[] = [];
      for (const [channel, listener] of listeners) {
        const known = this.#listeners.get(channel);
        known?.delete(listener);
        if (known?.size === 0 && this.#listeners.delete(channel)) ended.push(channel);
      }
      if (this.#client.status !== 'ready' || ended.length === 0) return;
      // What still arrives has nobody to go to.
      this.#within('unsubscribe', ended).catch(() => undefined);
    };
  }

  /** Replaces a connection that has fallen silent. */
  reconnect(): void {
    if (this.#isClosed || this.#client.status !== 'ready') return;
    this.#goDown();
    this.#client.disconnect(true);
  }

  /**
   * Delivers messages of a channel from when it resolves until the returned function is called.
   *
   * @throws RedisFailure ERR_UNAVAILABLE or ERR_TIMEOUT when the server does not confirm in time; ERR_CLOSED.
   */
  async subscribe(channel: string, listener: (message: Buffer) => void): Promise<() => Promise<void>> {
    this.#refuseIfClosed();
    let listeners = this.#listeners.get(channel);
    const isFirst = !listeners;
    if (!listeners) this.#listeners.set(channel, (listeners = new Set()));
    listeners.add(listener);
    const end = async (): Promise<void> => {
      listeners.delete(listener);
      if (listeners.size > 0 || this.#listeners.get(channel) !== listeners) return;
      this.#listeners.delete(channel);
      if (this.#client.status === 'ready') await this.#within('unsubscribe', [channel]);
    };
    try {
      await this.#ready();
      // On a new connection `ready` has subscribed all channels; a repeated SUBSCRIBE only confirms.
      if (isFirst || this.#client.status === 'ready') await this.#within('subscribe', [channel]);
    } catch (error) {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(channel);
      throw toFailure('subscribe', error);
    }
    return end;
  }

  /** Ends the connection. Idempotent. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#changes.notify();
    this.#listeners.clear();
    this.#upListeners.clear();
    this.#downListeners.clear();
    if (!['connecting', 'connect', 'ready'].includes(this.#client.status)) return this.#client.disconnect();
    await new Promise<void>((resolve) => {
      const timer = this.#clock.setTimer(resolve, CLOSE_WITHIN_MS);
      this.#client.on('end', () => {
        timer.cancel();
        resolve();
      });
      this.#client.disconnect();
    });
  }

  #resubscribe(): void {
    const channels = [...this.#listeners.keys()];
    const done = channels.length === 0 ? Promise.resolve() : this.#within('subscribe', channels);
    done.then(
      () => {
        this.#isUp = true;
        this.#heardAt = this.#clock.now();
        for (const listener of this.#upListeners) listener();
      },
      // Without its subscriptions a connection is of no use: the next one tries again.
      () => {
        if (this.#client.status === 'ready') this.#client.disconnect(true);
      },
    );
  }

  #refuseIfClosed(): void {
    if (this.#isClosed) throw new RedisFailure('ERR_CLOSED', 'redis subscribe: it was closed');
  }

  #goDown(): void {
    if (!this.#isUp) return;
    this.#isUp = false;
    for (const listener of this.#downListeners) listener();
  }

  async #ready(): Promise<void> {
    if (this.#client.status === 'ready') return;
    const ready = this.#changes.until(() => this.#isClosed || this.#client.status === 'ready');
    try {
      if (this.#client.status === 'wait') this.#client.connect().catch(() => undefined);
      await this.#orTimeout(ready.done, 'connect');
      this.#refuseIfClosed();
    } finally {
      ready.stop();
    }
  }

  /** Lower case: the client keeps its list of subscriptions by that name. */
  async #within(command: 'subscribe' | 'unsubscribe', channels: string[]): Promise<void> {
    await this.#orTimeout(this.#client.callBuffer(command, channels), command);
  }

  async #orTimeout(work: Promise<unknown>, operation: string): Promise<void> {
    let timer: Timer | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = this.#clock.setTimer(
        () =>
          reject(
            new RedisFailure('ERR_TIMEOUT', `redis ${operation}: no answer in ${SUBSCRIBE_WITHIN_MS} ms`),
          ),
        SUBSCRIBE_WITHIN_MS,
      );
    });
    try {
      await Promise.race([work, late]);
    } finally {
      timer?.cancel();
    }
  }
}

/** A client of the caller's only says where the server is; commands and subscriptions cannot share it. */
const listenerOf = (source: ClientSource): RedisClient => {
  const { client, isOwned } = resolveClient(source);
  const listener = client.duplicate({ ...FAIL_FAST, autoResubscribe: false });
  if (isOwned) client.disconnect();
  return listener;
};
