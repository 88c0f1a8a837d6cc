import {
  CacheError,
  type Duration,
  type LineRequest,
  type LockGrant,
  type LockStore,
  toMs,
} from '@keepsake/core';
import { refuseUnknown, type Words } from '@keepsake/core/words';
import { type ClientSource, RedisConnection, RedisSubscriber } from '@keepsake/redis';
import { LockKeys } from './lock-keys.ts';
import { Replicas, type ReplicasOptions } from './replicas.ts';
import { SCRIPTS } from './scripts.ts';
import { TurnCalls } from './turn-calls.ts';

export interface RedisLockStoreOptions extends ClientSource {
  /** Begins every key. Default 'ks:'. */
  prefix?: string;
  /** A command settles within it; then ERR_TIMEOUT. Default 1 s. */
  commandTimeout?: Duration;
  /**
   * A lock counts once so many replicas have it, and so does each renewal; otherwise it is given back and the acquire
   * rejects ERR_UNAVAILABLE. Costs a second round trip, during which the connection carries nothing else. Default: none.
   */
  replicas?: ReplicasOptions;
}

const WORDS: Words<RedisLockStoreOptions> = {
  url: true,
  client: true,
  prefix: true,
  commandTimeout: true,
  replicas: true,
};

export const REDIS_LOCK_DEFAULTS: { readonly prefix: string; readonly commandTimeoutMs: number } =
  Object.freeze({
    prefix: 'ks:',
    commandTimeoutMs: 1_000,
  });

/** A lock without a TTL is not ours and never lapses: looked at again after this long. */
const FOREIGN_LOCK_MS = 1_000;
/** As many holders as there may ever be. */
const NO_LIMIT = 1_000_000_000;
const ALONE: LineRequest = Object.freeze({ holders: 1, placeMs: 0 });

/**
 * Locks on one Redis or Valkey server. Commands go over a connection of their own that never sends one
 * twice; wake-ups come over a second one, opened when somebody first has to wait.
 *
 * The server must not evict (`maxmemory-policy noeviction`): an evicted lock is a lost lock.
 *
 * @throws CacheError ERR_OPTION, ERR_TTL
 */
export class RedisLockStore implements LockStore {
  readonly name = 'redis';
  readonly #connection: RedisConnection;
  readonly #source: ClientSource;
  readonly #keys: LockKeys;
  readonly #calls: TurnCalls;
  readonly #replicas: Replicas | undefined;
  #subscriber: RedisSubscriber | undefined;
  #isClosed = false;

  constructor(options: RedisLockStoreOptions) {
    refuseUnknown('RedisLockStore', options, WORDS);
    const { url, client, prefix = REDIS_LOCK_DEFAULTS.prefix, commandTimeout, replicas } = options;
    const commandTimeoutMs =
      commandTimeout === undefined
        ? REDIS_LOCK_DEFAULTS.commandTimeoutMs
        : toMs(commandTimeout, 'commandTimeout');
    this.#keys = new LockKeys(prefix);
    this.#calls = new TurnCalls(prefix, () => this.#listener());
    this.#replicas = replicas === undefined ? undefined : new Replicas(replicas, commandTimeoutMs);
    this.#source = { url, client };
    this.#connection = new RedisConnection({ url, client, commandTimeoutMs });
  }

  acquire(names: readonly string[], token: string, ttlMs: number): Promise<LockGrant> {
    return this.acquireInLine(names, token, ttlMs, ALONE);
  }

  acquireInLine(
    names: readonly string[],
    token: string,
    ttlMs: number,
    { holders, placeMs }: LineRequest,
  ): Promise<LockGrant> {
    const place = `${Math.min(holders, NO_LIMIT)}:${Math.ceil(placeMs)}:${this.#calls.channelFor(token)}`;
    const granting = SCRIPTS.acquire
      .run(this.#connection, 'acquire', this.#keys.locks(names), [token, ttlMs, place])
      .then(toGrant);
    return this.#replicas === undefined ? granting : granting.then((grant) => this.#confirmGrant(grant));
  }

  async extend(
    names: readonly string[],
    token: string,
    ttlMs: number,
  ): Promise<'extended' | 'absent' | 'other'> {
    const reply = await SCRIPTS.extend.run(this.#connection, 'extend', this.#keys.locks(names), [
      token,
      ttlMs,
    ]);
    if (reply === 1) {
      await this.#replicas?.confirm(this.#connection, 'extend');
      return 'extended';
    }
    if (reply === 0) return 'absent';
    if (reply === -1) return 'other';
    throw unexpected('extend');
  }

  release(names: readonly string[], token: string): Promise<boolean> {
    return SCRIPTS.release.run(this.#connection, 'release', this.#keys.locks(names), [token]).then(toIsFreed);
  }

  onTurn(token: string, listener: (inMs: number) => void): Promise<() => void> {
    return this.#calls.listen(token, listener);
  }

  async onRelease(names: readonly string[], listener: () => void): Promise<() => void> {
    const subscriber = this.#listener();
    // What was released while the subscription was down went unheard.
    const ends: (() => unknown)[] = [subscriber.onUp(listener)];
    const stop = (): void => {
      for (const end of ends.splice(0)) end();
    };
    try {
      for (const channel of this.#keys.locks(names)) {
        const unsubscribe = await subscriber.subscribe(channel, listener);
        // Where UNSUBSCRIBE has no answer the connection is on its way out, and the channel with it.
        ends.push(() => unsubscribe().catch(() => undefined));
      }
    } catch (error) {
      stop();
      throw error;
    }
    return stop;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.#connection.close(), this.#subscriber?.close()]);
  }

  #listener(): RedisSubscriber {
    if (this.#isClosed) throw new CacheError('ERR_CLOSED', 'this lock store is closed');
    this.#subscriber ??= new RedisSubscriber(this.#source);
    return this.#subscriber;
  }

  /** Who asked gives back what was not confirmed, as after any failure. */
  async #confirmGrant(grant: LockGrant): Promise<LockGrant> {
    if (grant.granted) await this.#replicas?.confirm(this.#connection, 'acquire');
    return grant;
  }
}

const toGrant = (reply: unknown): LockGrant => {
  if (!Array.isArray(reply)) throw unexpected('acquire');
  const [isGranted, number] = reply as readonly unknown[];
  if (typeof isGranted !== 'number' || typeof number !== 'number') throw unexpected('acquire');
  if (isGranted === 1) {
    // Beyond the safe range two fences would be one: a record that is not ours.
    if (!Number.isSafeInteger(number) || number <= 0) throw unexpected('acquire');
    return { granted: true, fence: number };
  }
  return { granted: false, heldForMs: number < 0 ? FOREIGN_LOCK_MS : number };
};

const toIsFreed = (reply: unknown): boolean => {
  if (typeof reply !== 'number') throw unexpected('release');
  return reply > 0;
};

const unexpected = (operation: string): CacheError =>
  new CacheError('ERR_UNAVAILABLE', `redis ${operation}: the server gave an answer of another shape`);
