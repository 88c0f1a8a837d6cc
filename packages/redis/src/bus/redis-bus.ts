import { randomBytes } from 'node:crypto';
import {
  type Bus,
  type BusLink,
  type BusMessage,
  type BusReceiver,
  CacheError,
  type Clock,
  systemClock,
} from '@keepsake/core';
import type { ClientSource } from '../client.ts';
import { refuseUnknown, type Words } from '@keepsake/core/words';
import { RedisFailure } from '../failure.ts';
import { openServers } from '../open-servers.ts';
import { publish } from '../scripts/publish.ts';
import { isSameServer } from '../server-address.ts';
import type { Servers } from '../servers.ts';
import { RedisSubscriber } from '../subscriber.ts';
import { RedisBusLink } from './bus-link.ts';
import { decodeMessage, encodeMessage, senderOf } from './message.ts';

export interface RedisBusOptions extends ClientSource {
  /**
   * All caches that share data use the same; at most 128 characters. Default 'ks:~bus'. A key of this name and `~epoch`
   * lies in Redis: with the backend's prefix in front, a `~` has to follow it, or the key would pass for an entry.
   */
  readonly channel?: string;
  readonly clock?: Clock;
}

export const DEFAULT_CHANNEL = 'ks:~bus';

const WORDS: Words<RedisBusOptions> = { url: true, client: true, channel: true, clock: true };

/**
 * Tells the processes on one Redis what they may no longer serve from memory: pub/sub on a connection of its own,
 * with heartbeats that come back on that same connection, behind every message that was published before them.
 * It connects when a cache opens it and reconnects by itself; the cache closes it. A cache over a `RedisBackend`
 * on the same server has its changes published by the scripts that make them.
 *
 * @throws CacheError ERR_OPTION for neither or both of `url` and `client`, a bad URL, client or channel.
 *
 * @example
 * ```ts
 * import { createCache } from '@keepsake/core';
 * import { RedisBackend, RedisBus } from '@keepsake/redis';
 *
 * const url = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';
 * const cache = createCache({ l2: new RedisBackend({ url }), bus: new RedisBus({ url }), staleness: '200ms' });
 * await cache.delete('photo:1'); // gone from the memory of every process
 * await cache.close();
 * ```
 */
export class RedisBus implements Bus {
  readonly name = 'redis bus';
  readonly channel: string;
  readonly #source: ClientSource;
  readonly #servers: Servers;
  /** The key that names the history of the server's data. On a cluster the node that has it carries all messages. */
  readonly #epochKey: string;
  readonly #subscriber: RedisSubscriber;
  readonly #links = new Map<string, RedisBusLink>();
  #stopListening: (() => void) | undefined;
  #isClosed = false;

  constructor(options: RedisBusOptions) {
    refuseUnknown('RedisBus', options, WORDS);
    const { url, client, channel = DEFAULT_CHANNEL, clock = systemClock } = options;
    if (typeof channel !== 'string' || channel === '' || !channel.isWellFormed() || channel.length > 128) {
      throw new CacheError('ERR_OPTION', 'channel: expected 1 to 128 characters of text');
    }
    this.channel = channel;
    this.#epochKey = `${channel}~epoch`;
    this.#source = { url, client };
    this.#servers = openServers({ url, client, clock });
    const own = this.#servers.listener(this.#epochKey);
    this.#subscriber = new RedisSubscriber({ url, client, own, clock });
    this.#subscriber.onDown(() => {
      for (const link of this.#links.values()) link.down();
    });
  }

  open(receiver: BusReceiver): BusLink {
    if (this.#isClosed) throw new RedisFailure('ERR_CLOSED', 'redis bus: it was closed');
    // 96 random bits: nobody else's messages are taken for this link's own.
    const id = randomBytes(12).toString('base64url');
    const link = new RedisBusLink(id, receiver, {
      channel: this.channel,
      connection: this.#servers.of(this.#epochKey),
      isPinned: this.#servers.isCluster,
      epochKey: this.#epochKey,
      subscriber: this.#subscriber,
      onClose: () => void this.#links.delete(id),
      publish: (message) => this.#publish(id, message),
    });
    this.#links.set(id, link);
    this.#stopListening ??= this.#subscriber.listen(
      new Map([[this.channel, (bytes: Buffer) => this.#deliver(bytes)]]),
    );
    link.listen();
    return link;
  }

  /** Whether what is published by a client of this source arrives here. */
  isOnServerOf(source: ClientSource): boolean {
    return isSameServer(this.#source, source);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const link of [...this.#links.values()]) link.close();
    this.#stopListening?.();
    await Promise.all([this.#subscriber.close(), this.#servers.close()]);
  }

  async #publish(from: string, message: BusMessage): Promise<void> {
    const connection = this.#servers.of(this.#epochKey);
    await Promise.all(
      encodeMessage(from, message).map((bytes) =>
        this.#servers.isCluster
          ? publish(connection, this.#epochKey, this.channel, bytes)
          : connection.call('publish', 'PUBLISH', [this.channel, bytes]),
      ),
    );
  }

  /** As it arrives, with no await on the way: a heartbeat behind it must not overtake it. */
  #deliver(bytes: Buffer): void {
    const sender = senderOf(bytes);
    if (sender === undefined) return;
    const receivers = [...this.#links.values()].filter((link) => link.id !== sender);
    const message = receivers.length > 0 ? decodeMessage(bytes) : undefined;
    if (message) for (const link of receivers) link.receive(message);
  }
}
