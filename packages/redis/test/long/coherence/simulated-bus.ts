import type { Bus, BusLink, BusMessage, BusReceiver } from '@keepsake/core';
import type { SimulatedConnection, SimulatedServer } from './simulated-server.ts';

interface Subscriber {
  readonly id: string;
  readonly connection: SimulatedConnection;
  readonly receiver: BusReceiver;
}

/** The part of the server that passes messages on, in the order in which they reach it. */
export class SimulatedChannel {
  readonly server: SimulatedServer;
  readonly subscribers: Set<Subscriber> = new Set();

  constructor(server: SimulatedServer) {
    this.server = server;
  }

  /** As one step of the server. */
  publish(from: string, message: BusMessage): void {
    for (const { id, connection, receiver } of this.subscribers) {
      if (id !== from) connection.toClient(() => receiver.message(message));
    }
  }
}

/** One process's end: commands go out on one connection, messages and heartbeats come in on another. */
export class SimulatedBus implements Bus {
  readonly name = 'simulated bus';
  readonly #channel: SimulatedChannel;
  readonly #commands: SimulatedConnection;
  readonly #subscribe: () => SimulatedConnection;
  readonly #node: number;
  #links = 0;

  /** `subscribe` makes a connection for each link. */
  constructor(
    channel: SimulatedChannel,
    commands: SimulatedConnection,
    subscribe: () => SimulatedConnection,
    node: number,
  ) {
    this.#channel = channel;
    this.#commands = commands;
    this.#subscribe = subscribe;
    this.#node = node;
  }

  open(receiver: BusReceiver): BusLink {
    this.#links += 1;
    const connection = this.#subscribe();
    const subscriber = { id: `${this.#node}.${this.#links}`, connection, receiver };
    const { subscribers } = this.#channel;
    subscribers.add(subscriber);
    connection.onLost = () => {
      if (subscribers.has(subscriber)) receiver.down();
    };
    const beat = (id: number): void => {
      const { epoch } = this.#channel.server;
      connection.toClient(() => receiver.beat(id, String(epoch)));
    };
    return {
      id: subscriber.id,
      publish: (message) => this.#commands.call(() => this.#channel.publish(subscriber.id, message)),
      beat: (id) => this.#commands.call(() => beat(id)),
      close: () => void subscribers.delete(subscriber),
    };
  }

  close(): void {
    // Its links are closed by who opened them.
  }
}
