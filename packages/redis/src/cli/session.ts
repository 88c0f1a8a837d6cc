import { buildKey, type Cache, createCache, systemClock } from '@keepsake/core';
import { RedisBus } from '../bus/redis-bus.ts';
import { RedisFailure } from '../failure.ts';
import { KeySpace } from '../key-space.ts';
import { openServers } from '../open-servers.ts';
import { RedisBackend } from '../redis-backend.ts';
import type { Servers } from '../servers.ts';
import { parseTime } from '../server-clock.ts';
import { parseRedisUrl } from '../url.ts';
import { type Arguments, asMisuse } from './arguments.ts';

/** A server and the part of it that a command is about. */
export class Session {
  readonly servers: Servers;
  readonly keySpace: KeySpace;
  /** Scheme, host, port and database: nothing of it is secret. */
  readonly address: string;
  /** What the keys of the namespace begin with, within the prefix. */
  readonly namespacePrefix: string;
  readonly #arguments: Arguments;

  constructor(args: Arguments) {
    const { host, port, db, tls } = parseRedisUrl(args.url);
    const name = host.includes(':') ? `[${host}]` : host;
    this.#arguments = args;
    this.address = `${tls ? 'rediss' : 'redis'}://${name}:${port}/${db}`;
    this.keySpace = asMisuse(() => new KeySpace(args.prefix));
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

  call(command: string, ...args: readonly (string | number)[]): Promise<unknown> {
    return this.servers.of(String(args[0] ?? '')).call(command.toLowerCase(), command, args);
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

  /** Milliseconds of the server's clock. */
  async serverNow(): Promise<number> {
    return parseTime(await this.call('TIME'));
  }

  /** Pages of Redis keys that match a pattern, each with how many keys there are in it. */
  async *scan(pattern: string, step = 1_000): AsyncGenerator<string[], void, undefined> {
    let cursor = '0';
    do {
      const reply = await this.call('SCAN', cursor, 'MATCH', pattern, 'COUNT', step);
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
