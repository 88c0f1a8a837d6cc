/** Three processes, a server that holds the data and passes messages on, and what can go wrong between them. */
import { MemoryBackend } from '@keepsake/core';
import type { CacheNode, MakeNode } from './cache-node.ts';
import { EventLoops, type Random } from '@keepsake/tooling/simulation';
import { SimulatedBus, SimulatedChannel } from './simulated-bus.ts';
import { SimulatedConnection, SimulatedServer } from './simulated-server.ts';
import { SimulatedStore } from './simulated-store.ts';

export interface WorldOptions {
  readonly make: MakeNode;
  readonly random: Random;
  readonly nodes: number;
  readonly stalenessMs: number;
  readonly ttlMs: number;
  readonly latencyMs: number;
  /** Whether changes are told by the store, in the step that makes them. */
  readonly announces: boolean;
  readonly hasBus: boolean;
}

/** How one process reaches the server. */
interface Lines {
  readonly store: SimulatedConnection;
  readonly commands: SimulatedConnection;
  /** One for each link of its bus. */
  readonly subscriptions: SimulatedConnection[];
}

export class SimulatedWorld {
  readonly loops: EventLoops = new EventLoops();
  readonly server: SimulatedServer = new SimulatedServer(this.loops);
  readonly nodes: readonly CacheNode[];
  readonly lines: readonly Lines[];
  readonly #data: MemoryBackend;

  constructor({ make, random, latencyMs, announces, hasBus, nodes, stalenessMs, ttlMs }: WorldOptions) {
    const channel = new SimulatedChannel(this.server);
    // The server's clock is that of nobody's event loop.
    this.#data = new MemoryBackend({ clock: this.loops.clockOf(-1), maxEntries: 100, maxBytes: 1_000_000 });
    const latency = (): number => (latencyMs * (1 + random.below(2_000))) / 1_000;
    this.lines = Array.from({ length: nodes }, (_, node) => ({
      store: new SimulatedConnection(this.server, node, latency),
      commands: new SimulatedConnection(this.server, node, latency),
      subscriptions: [],
    }));
    this.nodes = this.lines.map(({ store, commands, subscriptions }, node) => {
      const subscribe = (): SimulatedConnection => {
        const connection = new SimulatedConnection(this.server, node, latency);
        subscriptions.push(connection);
        return connection;
      };
      return make({
        clock: this.loops.clockOf(node),
        l2: new SimulatedStore({ data: this.#data, connection: store, channel, announces }),
        ...(hasBus && { bus: new SimulatedBus(channel, commands, subscribe, node) }),
        stalenessMs,
        ttlMs,
        maxEntries: 100,
      });
    });
  }

  /** All data is gone, and nobody is told. */
  flush(): void {
    this.#data.clear('*');
    this.server.epoch += 1;
  }

  /** Another server has the data. What subscribers were to get for so long before is lost, and a proxy hides that. */
  failOver(lostMs: number): void {
    const connections = this.lines.flatMap(({ subscriptions }) => subscriptions);
    for (const connection of connections) connection.hold(lostMs);
    this.loops.at(this.loops.nowMs + lostMs, () => {
      for (const connection of connections) connection.drop();
      this.server.epoch += 1;
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.close()));
  }
}
