import { isIP } from 'node:net';
import { CacheError } from '@keepsake/core';
import { Redis, type RedisOptions } from 'ioredis';
import { parseRedisPlace, type RedisPlace } from './place.ts';

/** What may be sent as one argument of a command. */
export type Argument = string | number | Buffer;

/** The part of an ioredis client that is used here; a fork of the same shape fits too. */
export interface RedisClient {
  readonly status: string;
  readonly options: object;
  readonly isCluster?: boolean;
  /** The socket, once there is one. */
  readonly stream?: unknown;
  callBuffer(command: string, args: Argument[]): Promise<unknown>;
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  off(event: string, listener: (...args: unknown[]) => void): unknown;
  connect(): Promise<unknown>;
  disconnect(reconnect?: boolean): void;
  duplicate(override?: object): RedisClient;
}

/** Either where the server is, or a client that is connected to it (and stays its owner's). */
export interface ClientSource {
  /**
   * `redis://[user:password@]host[:port][/db]`, `redis+cluster://host:port,...`, `redis+sentinel://host:port,.../name[/db]`;
   * `rediss` instead of `redis` for TLS.
   */
  readonly url?: string | undefined;
  /**
   * An ioredis client. It is used as it is: never reconfigured, never closed. A `Cluster` only says where its nodes are
   * and how to log in: backend and bus open connections of their own to the masters.
   */
  readonly client?: RedisClient | undefined;
}

/** The settings that matter here, each with a value. */
type FailFast = Required<
  Pick<
    RedisOptions,
    | 'lazyConnect'
    | 'enableOfflineQueue'
    | 'autoResendUnfulfilledCommands'
    | 'maxRetriesPerRequest'
    | 'socketTimeout'
    | 'connectTimeout'
    | 'disconnectTimeout'
    | 'maxLoadingRetryTime'
    | 'protocol'
    | 'retryStrategy'
  >
>;

const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 2_000;

/** 50, 100, 200 ... 2,000 ms, less a random part of up to a half: nodes must not come back in step. */
export const retryDelayMs = (attempt: number, random: () => number = Math.random): number =>
  Math.ceil(Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempt - 1, 10)) * (1 - random() / 2));

/**
 * Settings that fail fast and never send a command twice: nothing is queued while the connection is away,
 * what was in flight when it broke is rejected and not sent again, and a socket that stays silent for
 * `socketTimeout` after a command is replaced.
 */
export const FAIL_FAST: Readonly<FailFast> = {
  lazyConnect: true,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  socketTimeout: 2_000,
  connectTimeout: 2_000,
  disconnectTimeout: 200,
  maxLoadingRetryTime: 500,
  protocol: 2,
  retryStrategy: (attempt) => retryDelayMs(attempt),
};

/**
 * And behind sentinels: their word that another server is the primary replaces the connection, though the old one may
 * still be open (a frozen server closes nothing), and one of them that does not answer is passed over.
 */
const SENTINEL_FAIL_FAST = {
  role: 'master',
  failoverDetector: true,
  sentinelCommandTimeout: 500,
  sentinelRetryStrategy: (attempt: number): number => retryDelayMs(attempt),
  sentinelReconnectStrategy: (attempt: number): number => retryDelayMs(attempt),
} as const;

export interface OwnedClient {
  readonly client: RedisClient;
  readonly isOwned: boolean;
}

/** Backend, bus and locks may share a client: each of its risks is told once. */
const warned = new WeakSet<RedisClient>();

/**
 * The client to use: one of our own for a URL, or the one that was given, after a check.
 *
 * @throws CacheError ERR_OPTION for neither or both, a bad URL, a client that is none or has a keyPrefix.
 */
export const resolveClient = (
  source: ClientSource & { readonly own?: RedisClient | undefined },
): OwnedClient => {
  const { url, client, own } = source;
  if (own) return { client: own, isOwned: true };
  if ((url === undefined) === (client === undefined)) {
    const which = url === undefined ? 'both are undefined' : 'not both';
    throw new CacheError('ERR_OPTION', `redis: give either \`url\` or \`client\`: ${which}`);
  }
  if (client === undefined) return { client: createClient(parseRedisPlace(url)), isOwned: true };
  const warnings = checkClient(client);
  if (warned.has(client)) return { client, isOwned: false };
  warned.add(client);
  for (const warning of warnings) {
    process.emitWarning(warning, { type: 'KeepsakeWarning', code: 'KEEPSAKE_REDIS_CLIENT' });
  }
  return { client, isOwned: false };
};

const createClient = (place: RedisPlace): RedisClient => {
  if (place.kind === 'cluster') throw new CacheError('ERR_OPTION', 'url: expected that of one server');
  const { username, password, db, tls } = place;
  const login = { ...(username && { username }), ...(password && { password }) };
  if (place.kind === 'sentinel') {
    const { sentinels, name } = place;
    return new Redis({
      ...FAIL_FAST,
      ...SENTINEL_FAIL_FAST,
      sentinels: [...sentinels],
      name,
      db,
      ...login,
      ...(tls && { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true }),
    });
  }
  const { host, port } = place;
  return new Redis({
    ...FAIL_FAST,
    host,
    port,
    db,
    ...login,
    // A server name is never an address (RFC 6066).
    ...(tls && { tls: isIP(host) === 0 ? { servername: host } : {} }),
  });
};

/** What is risky about a client of the caller's: one sentence each. */
export const checkClient = (client: RedisClient): string[] => {
  if (typeof client !== 'object' || client === null || typeof client.callBuffer !== 'function') {
    throw new CacheError('ERR_OPTION', 'client: expected an ioredis client');
  }
  const options = client.options as RedisOptions;
  refuseUnfit(options);
  const warnings: string[] = [];
  if (
    client.isCluster !== true &&
    options.autoResendUnfulfilledCommands !== false &&
    options.maxRetriesPerRequest !== 0
  ) {
    warnings.push(
      'client: after a lost connection it sends commands again, so an increment may count twice; ' +
        'set maxRetriesPerRequest: 0 and autoResendUnfulfilledCommands: false',
    );
  }
  if (options.enableOfflineQueue !== false) {
    warnings.push(
      'client: it queues commands without bound while Redis is away; set enableOfflineQueue: false',
    );
  }
  if (client.isCluster !== true && options.socketTimeout === undefined) {
    warnings.push('client: a frozen server is never noticed; set socketTimeout to 1000 to 2000');
  }
  if (options.sentinels && options.failoverDetector !== true) {
    warnings.push(
      'client: a frozen primary is left late for the one that the sentinels name; set failoverDetector: true',
    );
  }
  return warnings;
};

/** @throws CacheError ERR_OPTION for settings under which nothing would work. */
export const refuseUnfit = (options: Pick<RedisOptions, 'keyPrefix' | 'stringNumbers'>): void => {
  if (options.keyPrefix) {
    throw new CacheError(
      'ERR_OPTION',
      'client: its keyPrefix would hide keys from SCAN; use the option `prefix`',
    );
  }
  if (options.stringNumbers) {
    throw new CacheError('ERR_OPTION', 'client: its stringNumbers would change what scripts answer');
  }
};
