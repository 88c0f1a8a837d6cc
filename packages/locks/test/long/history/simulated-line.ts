import {
  CacheError,
  type Clock,
  type LineRequest,
  type LockGrant,
  type LockStore,
  type MaybePromise,
} from '@keepsake/core';
import { ARRIVAL, type EventLoops } from '@keepsake/tooling/simulation';

const COMMAND_TIMEOUT_MS = 1_000;

/** The one server; what reaches it while it is frozen is carried out when it goes on. */
export interface SimulatedServer {
  readonly store: LockStore;
  frozenUntilMs: number;
}

interface Call {
  readonly fail: (error: CacheError) => void;
}

/**
 * A process's connection to the server. Requests and replies keep their order; a call that has timed out may be
 * carried out all the same, as one may that was cut off.
 */
export class SimulatedLine implements LockStore {
  readonly name = 'simulated';
  readonly #loops: EventLoops;
  readonly #clock: Clock;
  readonly #process: number;
  readonly #server: SimulatedServer;
  readonly #latencyMs: number;
  readonly #calls = new Set<Call>();
  readonly #onUp = new Set<() => void>();
  #lastRequestMs = 0;
  #lastReplyMs = 0;
  #downUntilMs = 0;
  /** Requests of an earlier one do not arrive. */
  #epoch = 0;
  /** On top of the latency. */
  requestLagMs = 0;
  replyLagMs = 0;
  losesWakeUps = false;

  constructor(options: {
    readonly loops: EventLoops;
    readonly clock: Clock;
    readonly process: number;
    readonly server: SimulatedServer;
    readonly latencyMs: number;
  }) {
    this.#loops = options.loops;
    this.#clock = options.clock;
    this.#process = options.process;
    this.#server = options.server;
    this.#latencyMs = options.latencyMs;
  }

  acquire(names: readonly string[], token: string, ttlMs: number): Promise<LockGrant> {
    return this.#call('acquire', (store) => store.acquire(names, token, ttlMs));
  }

  extend(names: readonly string[], token: string, ttlMs: number): Promise<'extended' | 'absent' | 'other'> {
    return this.#call('extend', (store) => store.extend(names, token, ttlMs));
  }

  release(names: readonly string[], token: string): Promise<boolean> {
    return this.#call('release', (store) => store.release(names, token));
  }

  /** The server keeps lines, or this is not called. */
  acquireInLine(
    names: readonly string[],
    token: string,
    ttlMs: number,
    request: LineRequest,
  ): Promise<LockGrant> {
    return this.#call('acquire', (store) => {
      if (store.acquireInLine === undefined) throw new Error('the server keeps no lines');
      return store.acquireInLine(names, token, ttlMs, request);
    });
  }

  onRelease(names: readonly string[], listener: () => void): Promise<() => void> {
    return this.#hear(listener, (store, heard) => store.onRelease(names, () => heard(0)));
  }

  onTurn(token: string, listener: (inMs: number) => void): Promise<() => void> {
    return this.#hear(listener, (store, heard) => {
      if (store.onTurn === undefined) throw new Error('the server keeps no lines');
      return store.onTurn(token, heard);
    });
  }

  close(): void {
    for (const call of this.#calls) call.fail(gone('close'));
  }

  /** Calls under way fail, `reach` says whether those on their way are carried out; new ones fail for a while. */
  cut(forMs: number, reach: boolean): void {
    this.#downUntilMs = this.#loops.nowMs + forMs;
    if (!reach) this.#epoch += 1;
    for (const call of this.#calls) call.fail(gone('a call'));
    // What is still on its way over the old connection may be overtaken by the new one.
    this.#lastRequestMs = 0;
    this.#lastReplyMs = 0;
    this.#loops.at(this.#downUntilMs, () => this.#onUp.forEach((ring) => ring()), ARRIVAL, this.#freeAt);
  }

  readonly #freeAt = (): number => this.#loops.freeAt(this.#process);

  #isDown(): boolean {
    return this.#loops.nowMs < this.#downUntilMs;
  }

  /** What is said at the server is heard a little later, unless it is lost; after a cut one is told at once. */
  async #hear(
    listener: (inMs: number) => void,
    subscribe: (store: LockStore, heard: (inMs: number) => void) => MaybePromise<() => void>,
  ): Promise<() => void> {
    let isOn = true;
    const ring = (inMs: number): void => {
      if (isOn) listener(inMs);
    };
    const heard = (inMs: number): void => {
      if (this.losesWakeUps || this.#isDown()) return;
      const atMs = this.#loops.nowMs + this.#latencyMs + this.replyLagMs;
      this.#loops.at(atMs, () => ring(inMs), ARRIVAL, this.#freeAt);
    };
    const stop = await this.#call('subscribe', (store) => subscribe(store, heard));
    const onUp = (): void => ring(0);
    this.#onUp.add(onUp);
    return () => {
      isOn = false;
      this.#onUp.delete(onUp);
      stop();
    };
  }

  #call<T>(what: string, work: (store: LockStore) => MaybePromise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#isDown()) return reject(gone(what));
      const timer = this.#clock.setTimer(
        () => call.fail(new CacheError('ERR_TIMEOUT', `${what}: no answer in ${COMMAND_TIMEOUT_MS} ms`)),
        COMMAND_TIMEOUT_MS,
      );
      const end = (): void => {
        timer.cancel();
        this.#calls.delete(call);
      };
      const call: Call = {
        fail: (error) => {
          end();
          reject(error);
        },
      };
      this.#calls.add(call);
      const epoch = this.#epoch;
      const answer = (result: T): void => {
        if (!this.#calls.has(call)) return;
        end();
        resolve(result);
      };
      this.#lastRequestMs = Math.max(
        this.#lastRequestMs,
        this.#loops.nowMs + this.#latencyMs + this.requestLagMs,
      );
      const arrive = (): void => {
        if (epoch === this.#epoch) void this.#carryOut(work, answer);
      };
      this.#loops.at(this.#lastRequestMs, arrive, ARRIVAL, () => this.#server.frozenUntilMs);
    });
  }

  async #carryOut<T>(
    work: (store: LockStore) => MaybePromise<T>,
    answer: (result: T) => void,
  ): Promise<void> {
    const result = await work(this.#server.store);
    const { nowMs } = this.#loops;
    this.#lastReplyMs = Math.max(this.#lastReplyMs, nowMs + this.#latencyMs + this.replyLagMs);
    this.#loops.at(this.#lastReplyMs, () => answer(result), ARRIVAL, this.#freeAt);
  }
}

const gone = (what: string): CacheError =>
  new CacheError('ERR_UNAVAILABLE', `${what}: the connection was lost`);
