import type { Bus, BusMessage } from '@keepsake/core';
import { encodeMessage } from './bus/message.ts';
import { RedisBus } from './bus/redis-bus.ts';
import type { Argument, ClientSource } from './client.ts';

/**
 * What the scripts that change data are to publish. The message is made here and only passed on by the script: so
 * it may hold any byte, and names a key as the caches do, not as Redis does.
 */
export class Announcer {
  readonly #source: ClientSource;
  #channel: string | undefined;
  #from = '';

  constructor(source: ClientSource) {
    this.#source = source;
  }

  /** False where the bus is none on this server: then it must be told by whoever makes the change. */
  announceOn(bus: Bus, linkId: string): boolean {
    if (!(bus instanceof RedisBus) || !bus.isOnServerOf(this.#source)) return false;
    if (this.#channel === undefined) this.#from = linkId;
    else if (this.#channel !== bus.channel) return false;
    // Of two caches on one backend each must hear of the other: then all messages come from nobody.
    else if (this.#from !== linkId) this.#from = '';
    this.#channel = bus.channel;
    return true;
  }

  /** Last arguments of a script: the channel and the messages; none where there is no bus. */
  announcement(message: BusMessage): readonly Argument[] {
    if (this.#channel === undefined) return NOTHING;
    return [this.#channel, ...encodeMessage(this.#from, message)];
  }
}

const NOTHING: readonly Argument[] = [];
