import type { Bus, BusLink, BusMessage, BusReceiver } from '../bus.ts';
import { type Clock, systemClock } from '../clock.ts';
import { CacheError } from '../errors.ts';

/** One cache's connection to a memory bus, to be broken and mended. */
export interface MemoryBusConnection {
  /** The connection breaks: the receiver is told, messages to it are lost, what it sends is refused. */
  cut(): void;
  /** A new connection; what was sent meanwhile is lost. */
  mend(): void;
  /** Nothing arrives until `thaw`; then all of it does, in order. */
  freeze(): void;
  thaw(): void;
}

/** A bus within the process, as many caches on it as are made with it. */
export interface MemoryBus extends Bus {
  /** In the order in which caches were made with it. */
  readonly connections: readonly MemoryBusConnection[];
  /** Names the history of the store behind; a change makes what lies in L1 suspect. */
  epoch: string;
}

class Connection implements BusLink, MemoryBusConnection {
  readonly id: string;
  readonly #bus: MemoryBus;
  readonly #receiver: BusReceiver;
  readonly #deliver: (work: () => void) => void;
  #isCut = false;
  #isClosed = false;
  #held: (() => void)[] | undefined;
  /** What is on its way when the connection breaks does not arrive. */
  #history = 0;

  constructor(bus: MemoryBus, receiver: BusReceiver, deliver: (work: () => void) => void) {
    this.id = String(bus.connections.length);
    this.#bus = bus;
    this.#receiver = receiver;
    this.#deliver = deliver;
  }

  publish(message: BusMessage): void {
    this.#checkUp();
    for (const other of this.#bus.connections as readonly Connection[]) {
      if (other !== this) other.#send(() => other.#receiver.message(message));
    }
  }

  beat(id: number): void {
    this.#checkUp();
    const { epoch } = this.#bus;
    this.#send(() => this.#receiver.beat(id, epoch));
  }

  close(): void {
    this.#isClosed = true;
    this.#held = undefined;
  }

  cut(): void {
    this.#isCut = true;
    this.#history += 1;
    if (this.#held) this.#held = [];
    if (!this.#isClosed) this.#receiver.down();
  }

  mend(): void {
    this.#isCut = false;
  }

  freeze(): void {
    this.#held ??= [];
  }

  thaw(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const arrive of held) arrive();
  }

  #send(arrive: () => void): void {
    if (this.#isCut) return;
    const history = this.#history;
    this.#deliver(() => {
      if (this.#isClosed || history !== this.#history) return;
      if (this.#held) this.#held.push(arrive);
      else arrive();
    });
  }

  #checkUp(): void {
    if (this.#isCut || this.#isClosed) throw new CacheError('ERR_UNAVAILABLE', 'bus: it is not connected');
  }
}

/**
 * A bus for tests: messages between the caches of one process, `delayMs` late (default: in the next
 * microtask), in order.
 *
 * @example
 * ```ts
 * import { createCache, MemoryBackend } from '@keepsake/core';
 * import { memoryBus } from '@keepsake/core/testing';
 *
 * const [bus, l2] = [memoryBus(), new MemoryBackend()];
 * const one = createCache({ l2, bus });
 * const other = createCache({ l2, bus });
 * await one.set('album:7', 'Summer');
 * console.log(await other.get('album:7')); // Summer
 * await one.close();
 * ```
 */
export const memoryBus = (options: { clock?: Clock; delayMs?: number } = {}): MemoryBus => {
  const { clock = systemClock, delayMs = 0 } = options;
  const connections: Connection[] = [];
  const deliver = (work: () => void): void => {
    if (delayMs > 0) clock.setTimer(work, delayMs, 'background');
    else queueMicrotask(work);
  };
  const bus: MemoryBus = {
    name: 'memory bus',
    connections,
    epoch: '1',
    open: (receiver) => {
      const connection = new Connection(bus, receiver, deliver);
      connections.push(connection);
      return connection;
    },
    close: () => {
      for (const connection of connections) connection.close();
    },
  };
  return bus;
};
