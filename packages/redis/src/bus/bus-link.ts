import { randomBytes } from 'node:crypto';
import type { BusLink, BusMessage, BusReceiver } from '@keepsake/core';
import { RedisFailure } from '../failure.ts';
import { beat } from '../scripts/beat.ts';
import type { Connection } from '../servers.ts';
import type { RedisSubscriber } from '../subscriber.ts';

/** A listening connection is replaced when nothing has come for this long while heartbeats went out. */
const SILENCE_MS = 2_000;
/** And for so many of them: a process that was stopped finds its clock ahead of its socket. */
const SILENT_BEATS = 3;

interface LinkParts {
  readonly channel: string;
  /** To where the epoch key lies. */
  readonly connection: Connection;
  readonly epochKey: string;
  /** Whether there are other servers that the subscriber could be on. */
  readonly isPinned: boolean;
  readonly subscriber: RedisSubscriber;
  readonly publish: (message: BusMessage) => Promise<void>;
  readonly onClose: () => void;
}

/** One cache's end of a RedisBus. Its heartbeats have a channel of their own, or each would reach every process. */
export class RedisBusLink implements BusLink {
  readonly id: string;
  readonly #receiver: BusReceiver;
  readonly #parts: LinkParts;
  readonly #beatChannel: string;
  #stopListening: (() => void) | undefined;
  #beatsUnheard = 0;
  #isClosed = false;

  constructor(id: string, receiver: BusReceiver, parts: LinkParts) {
    this.id = id;
    this.#receiver = receiver;
    this.#parts = parts;
    this.#beatChannel = `${parts.channel}~${id}`;
  }

  listen(): void {
    const heard = new Map([[this.#beatChannel, (bytes: Buffer) => this.#heard(bytes)]]);
    this.#stopListening = this.#parts.subscriber.listen(heard);
  }

  async publish(message: BusMessage): Promise<void> {
    this.#refuseIfClosed('publish');
    await this.#parts.publish(message);
  }

  async beat(id: number): Promise<void> {
    this.#refuseIfClosed('beat');
    const { connection, epochKey, isPinned, subscriber } = this.#parts;
    const newEpoch = randomBytes(12).toString('base64url');
    const receivers = await beat(connection, epochKey, this.#beatChannel, id, newEpoch, isPinned);
    // The slot has moved, or another node took its place: there is where messages are published now.
    if (isPinned && receivers === 0 && subscriber.isUp) subscriber.reconnect();
    this.#watch();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopListening?.();
    this.#parts.onClose();
  }

  receive(message: BusMessage): void {
    if (!this.#isClosed) this.#receiver.message(message);
  }

  down(): void {
    if (!this.#isClosed) this.#receiver.down();
  }

  #heard(bytes: Buffer): void {
    this.#beatsUnheard = 0;
    const [, id, epoch] = /^(\d{1,15}) ([\x21-\x7e]{1,200})$/.exec(bytes.toString('latin1')) ?? [];
    // While not all subscriptions stand, messages may be missing: then it proves nothing.
    if (this.#isClosed || epoch === undefined || !this.#parts.subscriber.isUp) return;
    this.#receiver.beat(Number(id), epoch);
  }

  /** The server has published a heartbeat: a connection that it does not come back on is dead, told or not. */
  #watch(): void {
    const { subscriber, connection } = this.#parts;
    this.#beatsUnheard += 1;
    const silentMs = connection.clock.now() - subscriber.heardAt;
    if (!subscriber.isUp || this.#beatsUnheard < SILENT_BEATS || silentMs < SILENCE_MS) return;
    this.#beatsUnheard = 0;
    subscriber.reconnect();
  }

  #refuseIfClosed(operation: string): void {
    if (this.#isClosed) throw new RedisFailure('ERR_CLOSED', `redis ${operation}: the link was closed`);
  }
}
