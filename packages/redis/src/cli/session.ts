import { buildKey, type Cache, createCache, systemClock } from '@keepsake/core';
import { RedisBus } from '../bus/redis-bus.ts';
import { RedisFailure } from '../failure.ts';
import { KeySpace } from '../key-space.ts';
import { openServers } from '../open-servers.ts';
import { RedisBackend } from '../redis-backend.ts';
import type { Connection, Servers } from '../servers.ts';
import { parseTime } from '../server-clock.ts';
import { type Address, describePlace, parseRedisPlace } from '../place.ts';
import { type Arguments, asMisuse } from './arguments.ts';

/** Where a command names its key, if not at once. */
const KEY_AT: Readonly<Record<string, number>> = { MEMORY: 1, OBJECT: 1, EVAL: 2, EVALSHA: 2 };

/** A server, or the masters of a cluster, and the part of it that a command is about. */
export class Session {
  readonly servers: Servers;
  readonly keySpace: KeySpace;
  /** Scheme, hosts, ports and database: nothing of it is secret. */
  readonly address: string;
  /** The hosts that the URL names. */
  readonly hosts: readonly Address[];
  readonly hasTls: boolean;
  /** What the keys of the namespace begin with, within the prefix. */
  readonly namespacePrefix: string;
  readonly #arguments: Arguments;

  constructor(args: Arguments) {
    const place = parseRedisPlace(args.url);
    this.#arguments = args;
    this.address = describePlace(place);
    this.hosts = place.kind === 'server' ? [place] : place.kind === 'cluster' ? place.nodes : place.sentinels;
    this.hasTls = place.tls;
    const isCluster = place.kind === 'cluster';
    this.keySpace = asMisuse(() => new KeySpace(args.prefix, { isCluster }));
    this.namespacePrefix = asMisuse(() => args.namespaces.map((one) => `${buildKey(one)}:`).join(''));
    this.servers = openServers({ url: args.url, commandTimeoutMs: args.timeoutMs });
  }

  /** Resolves once the server answers; rejects with the first reason why it does not. */
  async connect(): Promise<void> {
    const { servers } = this;
    let stop = (): void => undefined;
    const refused = new Promise<never>((_, reject) => {
      stop = servers.onState((isUp, reason) => {
        if (!isUp && reason?.isSpecific === true) reject(reason);
      });
    });
    try {
      await Promise.race([servers.connect(this.#arguments.timeoutMs), refused]);
    } finally {
      stop();
    }
  }

  /** Goes to where its key lies; of several servers one that has no key in it goes to any. */
  call(command: string, ...args: readonly (string | number)[]): Promise<unknown> {
    const key = String(args[KEY_AT[command] ?? 0] ?? '');
    return this.servers.of(key).call(command.toLowerCase(), command, args);
  }

  /** The reply, or undefined where this server or user has no such command. */
  async tryCall(command: string, ...args: readonly (string | number)[]): Promise<unknown> {
    try {
      return await this.call(command, ...args);
    } catch (error) {
      if (error instanceof RedisFailure && error.reply !== undefined && !error.isServerDown) return undefined;
      throw error;
    }
  }

  /** The replies of all servers that hold keys. */
  async callAll(command: string, ...args: readonly (string | number)[]): Promise<unknown[]> {
    const servers = await this.servers.all(command.toLowerCase());
    return Promise.all(servers.map((server) => server.call(command.toLowerCase(), command, args)));
  }

  /** Keys of all servers together. */
  async databaseKeys(): Promise<number> {
    return (await this.callAll('DBSIZE')).reduce<number>((sum, count) => sum + Number(count), 0);
  }

  /** Milliseconds of the clock of the server that has a key. */
  async serverNow(redisKey = ''): Promise<number> {
    return parseTime(await this.servers.of(redisKey).call('time', 'TIME', []));
  }

  /** Pages of Redis keys that match a pattern, each with how many keys there are in it. */
  async *scan(pattern: string, step = 1_000): AsyncGenerator<string[], void, undefined> {
    for (const server of await this.servers.all('scan')) yield* this.#scanOne(server, pattern, step);
  }

  async *#scanOne(
    server: Connection,
    pattern: string,
    step: number,
  ): AsyncGenerator<string[], void, undefined> {
    let cursor = '0';
    do {
      const reply = await server.call('scan', 'SCAN', [cursor, 'MATCH', pattern, 'COUNT', step]);
      const [next, names] = reply as [Buffer, Buffer[]];
      cursor = next.toString('latin1');
      yield names.map((name) => name.toString('utf8'));
    } while (cursor !== '0');
  }

  /** The namespace as a cache of its own, without memory in front; what it removes is told on the bus. The caller closes `root`. */
  openCache(): { readonly root: Cache; readonly cache: Cache } {
    const { url, prefix, namespaces, channel, timeoutMs } = this.#arguments;
    const seconds = timeoutMs / 1_000;
    const l2 = new RedisBackend({ url, prefix, commandTimeout: seconds });
    const bus = new RedisBus({ url, channel });
    const root = createCache({ l1: false, l2, bus, l2Timeout: seconds, clock: systemClock });
    return { root, cache: namespaces.reduce((cache, name) => cache.namespace(name), root) };
  }

  close(): Promise<void> {
    return this.servers.close();
  }
}
