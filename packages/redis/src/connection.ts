/**
 * One connection to a server, as a cache needs it: it fails fast and settles every call by a deadline.
 *
 * It is `up` while a TIME round trip has succeeded since the last trouble: a closed connection, or FAILURE_THRESHOLD
 * failures in a row. After trouble calls are refused at once but for a TIME now and then: so a frozen server costs no
 * more slow calls than the threshold. That TIME, once a second, is heartbeat and measurement of the server's clock.
 * The file is longer than others: all that changes the state stands in one place.
 */
import { CacheError, type Clock, systemClock, type Timer } from '@keepsake/core';
import { Changes } from './changes.ts';
import { type Argument, type ClientSource, type RedisClient, resolveClient } from './client.ts';
import { Cork } from './cork.ts';
import { Deadlines } from './deadlines.ts';
import { RedisFailure, timedOut, toFailure } from './failure.ts';
import { toAddress } from './server-address.ts';
import type { Connection } from './servers.ts';
import { parseTime, ServerClock } from './server-clock.ts';

/** Calls that fail in a row before the server counts as down. */
export const FAILURE_THRESHOLD = 5;
/** Commands that may lie with the client unanswered; more are refused. One costs it some 3 kB, and its caller 5. */
export const MAX_IN_FLIGHT = 4_000;
export const HEARTBEAT_MS = 1_000;
const FIRST_PROBE_MS = 100;
const CLOSE_WITHIN_MS = 500;

export const DEFAULT_COMMAND_TIMEOUT_MS = 250;

export interface RedisConnectionOptions extends ClientSource {
  readonly own?: RedisClient | undefined; // instead of the two: it is closed with the connection
  /** Every call settles within it. Default 250. */
  readonly commandTimeoutMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

type State = 'idle' | 'starting' | 'up' | 'down' | 'closed';

/**
 * Sends commands to one server. Before the first use nothing is opened; the first calls wait for the
 * connection within their own deadline, later ones are refused at once while it is away.
 *
 * @throws CacheError ERR_OPTION for a bad URL or client.
 */
export class RedisConnection implements Connection {
  readonly serverClock: ServerClock = new ServerClock();
  readonly clock: Clock;
  readonly commandTimeoutMs: number;
  readonly #client: RedisClient;
  readonly #isOwned: boolean;
  readonly #deadlines: Deadlines;
  readonly #stateListeners = new Set<(isUp: boolean, reason: RedisFailure | undefined) => void>();
  readonly #changes = new Changes();
  readonly #cork = new Cork();
  readonly #clientListeners: Readonly<Record<string, (...args: unknown[]) => void>>;
  #state: State = 'idle';
  #lastFailure: RedisFailure | undefined;
  #failuresInRow = 0;
  #inFlight = 0;
  readonly #landed = (): void => void (this.#inFlight -= 1);
  #probeDelayMs = FIRST_PROBE_MS;
  #timer: Timer | undefined;
  #isProbing = false;
  #leftReplicaAt = -Infinity;

  constructor(options: RedisConnectionOptions) {
    const { client, isOwned } = resolveClient(options);
    this.clock = options.clock ?? systemClock;
    this.commandTimeoutMs = options.commandTimeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS;
    this.#client = client;
    this.#isOwned = isOwned;
    this.#deadlines = new Deadlines(this.clock, this.commandTimeoutMs);
    this.#clientListeners = {
      error: (error: unknown) => this.#onClientError(error),
      close: () =>
        this.#goDown(
          this.#lastFailure ?? new RedisFailure('ERR_UNAVAILABLE', 'redis: the connection was lost'),
        ),
      ready: () => this.#probe(),
    };
    for (const [event, listener] of Object.entries(this.#clientListeners)) client.on(event, listener);
  }

  get isUp(): boolean {
    return this.#state === 'up';
  }

  /** Calls `listener` whenever the server comes up or goes down; gives back the end of the subscription. */
  onState(listener: (isUp: boolean, reason: RedisFailure | undefined) => void): () => void {
    this.#stateListeners.add(listener);
    return () => void this.#stateListeners.delete(listener);
  }

  /**
   * Sends one command; strings in the reply are Buffers.
   *
   * @throws RedisFailure ERR_UNAVAILABLE (refused, or failed: then a write's outcome is unknown),
   * ERR_TIMEOUT (no answer in time: unknown too) or ERR_CLOSED.
   */
  call(operation: string, command: string, args: readonly Argument[]): Promise<unknown> {
    if (this.isUp) return this.#send(operation, command, args);
    return this.whenUp(operation).then(() => this.#send(operation, command, args));
  }

  /** Resolves once the server answers; rejects ERR_CONNECT after `timeoutMs`, at once where waiting is of no use. */
  async connect(timeoutMs: number): Promise<void> {
    this.#refuseIfClosed('connect');
    this.start();
    if (this.#state === 'up') return;
    const settled = this.#changes.until(
      () => this.#state === 'up' || this.#state === 'closed' || this.#lastFailure?.needsAPerson === true,
    );
    let timer: Timer | undefined;
    const late = new Promise<void>((resolve) => (timer = this.clock.setTimer(resolve, timeoutMs)));
    try {
      await Promise.race([settled.done, late]);
    } finally {
      timer?.cancel();
      settled.stop();
    }
    this.#refuseIfClosed('connect');
    if (!this.isUp) {
      throw new CacheError(
        'ERR_CONNECT',
        `redis: cannot connect${toAddress(this.#client)}: ${this.#reason()}`,
      );
    }
  }

  /** Ends the connection if it is ours; what is under way rejects ERR_CLOSED. Idempotent, within 500 ms. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    const wasStarted = this.#state !== 'idle';
    this.#state = 'closed';
    this.#timer?.cancel();
    this.#changes.notify();
    this.#deadlines.flush();
    if (this.#isOwned && wasStarted) await this.#disconnect();
    for (const [event, listener] of Object.entries(this.#clientListeners)) {
      // An owned client may still speak while its socket dies; without a listener it would print.
      if (!this.#isOwned || event !== 'error') this.#client.off(event, listener);
    }
    this.#stateListeners.clear();
  }

  async #disconnect(): Promise<void> {
    // Between two attempts there is no socket whose end could be waited for.
    if (!['connecting', 'connect', 'ready'].includes(this.#client.status)) return this.#client.disconnect();
    await new Promise<void>((resolve) => {
      const timer = this.clock.setTimer(resolve, CLOSE_WITHIN_MS);
      this.#client.on('end', () => {
        timer.cancel();
        resolve();
      });
      this.#client.disconnect();
    });
  }

  /** Resolves while the server can be asked; opens the connection on first use and waits for it, within the deadline of a call. */
  async whenUp(operation: string): Promise<void> {
    this.#refuseIfClosed(operation);
    this.start();
    if (this.#state === 'starting') {
      const started = this.#changes.until(() => this.#state !== 'starting');
      try {
        await this.#deadlines.race(started.done, () => this.#startTimedOut(operation));
      } finally {
        started.stop();
      }
    }
    this.#refuseIfClosed(operation);
    if (!this.isUp) {
      const message = `redis ${operation}: not connected${toAddress(this.#client)} (${this.#reason()})`;
      throw new RedisFailure('ERR_UNAVAILABLE', message, this.#lastFailure?.reply);
    }
  }

  #startTimedOut(operation: string): RedisFailure {
    if (this.#state === 'starting') this.#setDown(this.#lastFailure);
    return timedOut(operation, 'connection', this.commandTimeoutMs);
  }

  async #send(operation: string, command: string, args: readonly Argument[]): Promise<unknown> {
    if (this.#inFlight >= MAX_IN_FLIGHT) {
      throw new RedisFailure(
        'ERR_UNAVAILABLE',
        `redis ${operation}: ${MAX_IN_FLIGHT} calls are under way already`,
      );
    }
    this.#cork.hold(this.#client);
    const work = this.#client.callBuffer(command, [...args]);
    this.#inFlight += 1;
    // Not when the caller is answered: what was given up stays with the client until the connection ends.
    work.then(this.#landed, this.#landed);
    try {
      const reply = await this.#deadlines.race(work, () =>
        this.#state === 'closed'
          ? new RedisFailure('ERR_CLOSED', `redis ${operation}: closed meanwhile`)
          : timedOut(operation, 'answer', this.commandTimeoutMs),
      );
      this.#failuresInRow = 0;
      return reply;
    } catch (error) {
      const failure = toFailure(operation, error);
      this.#countFailure(failure);
      throw failure;
    }
  }

  #countFailure(failure: RedisFailure): void {
    if (!failure.isServerDown) {
      this.#failuresInRow = 0;
      return;
    }
    if (failure.reply === 'READONLY') this.#leaveReplica();
    this.#failuresInRow += 1;
    if (this.#failuresInRow >= FAILURE_THRESHOLD) this.#goDown(failure);
  }

  /** Its address may lead to the new primary by now: that is looked up with the next connection. */
  #leaveReplica(): void {
    const now = this.clock.now();
    if (!this.#isOwned || now - this.#leftReplicaAt < HEARTBEAT_MS || this.#client.status !== 'ready') return;
    this.#leftReplicaAt = now;
    this.#client.disconnect(true);
  }

  /** Connects; the first command does it too. */
  start(): void {
    if (this.#state !== 'idle') return;
    this.#state = 'starting';
    const { status } = this.#client;
    if (status === 'ready') this.#probe();
    // The reason of a failure arrives as an event too, and is kept there.
    if (status === 'wait') this.#client.connect().catch((error: unknown) => this.#onClientError(error));
    this.#schedule(HEARTBEAT_MS);
  }

  /** TIME: proof that the server answers, and what its clock says. */
  #probe(): void {
    if (this.#isProbing || this.#state === 'closed') return;
    this.#isProbing = true;
    const sentAt = this.clock.now();
    this.#send('heartbeat', 'TIME', [])
      .then((reply) => {
        this.serverClock.observe(sentAt, this.clock.now(), parseTime(reply));
        this.#goUp();
      })
      .catch((error: unknown) => {
        const failure = toFailure('heartbeat', error);
        if (this.#state !== 'up') this.#goDown(failure);
      })
      .finally(() => {
        this.#isProbing = false;
        this.#schedule(this.#state === 'up' ? HEARTBEAT_MS : this.#nextProbeMs());
      });
  }

  #nextProbeMs(): number {
    const delayMs = this.#probeDelayMs;
    this.#probeDelayMs = Math.min(HEARTBEAT_MS, delayMs * 2);
    return delayMs;
  }

  #schedule(delayMs: number): void {
    this.#timer?.cancel();
    if (this.#state === 'closed') return;
    this.#timer = this.clock.setTimer(
      () => (this.#client.status === 'ready' ? this.#probe() : this.#schedule(HEARTBEAT_MS)),
      delayMs,
      'background',
    );
  }

  #goUp(): void {
    if (this.#state === 'closed') return;
    const wasUp = this.#state === 'up';
    this.#state = 'up';
    this.#lastFailure = undefined;
    // Not on the way up: a server that answers TIME and nothing else must not be tried ten times a second.
    if (wasUp) this.#probeDelayMs = FIRST_PROBE_MS;
    this.#changes.notify();
    if (!wasUp) for (const listener of this.#stateListeners) listener(true, undefined);
  }

  #goDown(failure: RedisFailure): void {
    if (this.#state === 'closed' || this.#state === 'idle') return;
    if (this.#state === 'up') this.#schedule(this.#nextProbeMs());
    this.#setDown(failure);
  }

  #setDown(failure: RedisFailure | undefined): void {
    const wasDown = this.#state === 'down';
    this.#state = 'down';
    this.#failuresInRow = 0;
    this.#lastFailure = failure;
    this.serverClock.distrust();
    this.#changes.notify();
    if (!wasDown) for (const listener of this.#stateListeners) listener(false, failure);
  }

  #onClientError(error: unknown): void {
    const failure = toFailure('connect', error);
    // "the connection was lost" follows every better reason.
    if (failure.isSpecific || !this.#lastFailure) this.#lastFailure = failure;
    // ioredis would go on in database 0.
    if (failure.reply === 'DB' && this.#isOwned) this.#client.disconnect(true);
    this.#changes.notify();
  }

  #reason(): string {
    return (
      this.#lastFailure?.message.replace(/^redis [\w -]+: /, '') ??
      (isTls(this.#client) ? 'no answer yet; does the port speak TLS?' : 'no answer yet')
    );
  }

  #refuseIfClosed(operation: string): void {
    if (this.#state === 'closed') throw new RedisFailure('ERR_CLOSED', `redis ${operation}: it was closed`);
  }
}

/** A server without TLS says nothing to the first message of a handshake: it waits for the end of a line. */
const isTls = ({ options }: RedisClient): boolean =>
  typeof options === 'object' && options !== null && 'tls' in options && options.tls !== undefined;
