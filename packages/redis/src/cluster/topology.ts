/**
 * Which node serves which slot, and a connection to each.
 *
 * The table is asked for once a second (`CLUSTER SLOTS`, from a node that answers), more often while a node that
 * serves slots does not answer, and at once when a node says that a slot has moved. Each node has a connection of its
 * own with its own failures, its own heartbeat and its own clock: so a node that is away takes nobody with it, and a
 * deadline in the time of a server is in the time of the server that judges it.
 */
import type { Clock, Timer } from '@keepsake/core';
import { Changes } from '../changes.ts';
import { HEARTBEAT_MS, RedisConnection } from '../connection.ts';
import { RedisFailure, toFailure } from '../failure.ts';
import { type Address, nameOf } from '../place.ts';
import { SLOT_COUNT } from '../slot.ts';
import type { NodeSettings } from './node-settings.ts';
import { MAX_NODES, parseSlots, type SlotRange } from './slot-table.ts';

const REFRESH_MS = HEARTBEAT_MS;
/** While somebody does not answer who should: another may have taken its place. */
const SEARCH_MS = 200;
/** Asks follow each other no faster, however many commands are sent on meanwhile. */
const MIN_GAP_MS = 50;
/** A connection that serves no slot any more is kept for so long: what is under way on it must settle. */
const KEEP_MS = 10_000;

export interface TopologyOptions {
  readonly settings: NodeSettings;
  readonly commandTimeoutMs: number;
  readonly clock: Clock;
  /** Something has changed: a table came, a node came or went. */
  readonly onChange: (reason: RedisFailure | undefined) => void;
}

interface Node {
  readonly address: Address;
  readonly connection: RedisConnection;
  /** Since when it serves no slot. */
  idleSince: number | undefined;
}

export class Topology {
  readonly #o: TopologyOptions;
  readonly #nodes = new Map<string, Node>();
  readonly #changes = new Changes();
  /** By slot; empty until the first answer. */
  readonly #owners: (Node | undefined)[] = [];
  #masters: readonly Node[] = [];
  /** Everybody that was heard of: where to ask when no master answers. */
  #known: readonly Address[];
  #lastFailure: RedisFailure | undefined;
  #timer: Timer | undefined;
  #refreshing: Promise<void> | undefined;
  #askedAt = -Infinity;
  #isClosed = false;

  constructor(options: TopologyOptions) {
    this.#o = options;
    this.#known = options.settings.seeds;
  }

  get isKnown(): boolean {
    return this.#masters.length > 0;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get masters(): readonly RedisConnection[] {
    return this.#masters.map(({ connection }) => connection);
  }

  get lastFailure(): RedisFailure | undefined {
    return this.#lastFailure;
  }

  /** Who serves a slot, as far as is known. */
  ownerOf(slot: number): RedisConnection | undefined {
    return this.#owners[slot]?.connection;
  }

  addressOf(slot: number): Address | undefined {
    return this.#owners[slot]?.address;
  }

  /** The node of an address that the cluster has named. */
  at(address: Address): RedisConnection {
    return this.#node(this.#o.settings.reach(address)).connection;
  }

  /** A node says that a slot is served there. */
  moved(slot: number, to: Address): void {
    const node = this.#node(this.#o.settings.reach(to));
    node.idleSince = undefined;
    this.#owners[slot] = node;
    if (!this.#masters.includes(node)) this.#masters = [...this.#masters, node];
    this.#refreshSoon();
  }

  /** Begins to look for the nodes, once. */
  start(): void {
    if (this.#timer === undefined && !this.#isClosed) this.#refresh();
  }

  /** Resolves when something has changed after which `holds` is true, or it was closed. */
  until(holds: () => boolean): { readonly done: Promise<void>; readonly stop: () => void } {
    return this.#changes.until(() => this.#isClosed || holds());
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#changes.notify();
    await Promise.all([...this.#nodes.values()].map(({ connection }) => connection.close()));
  }

  #refreshSoon(): void {
    if (this.#isClosed || this.#refreshing) return;
    this.#schedule(Math.max(0, this.#askedAt + MIN_GAP_MS - this.#o.clock.now()));
  }

  #schedule(delayMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#o.clock.setTimer(() => this.#refresh(), delayMs, 'background');
  }

  #refresh(): void {
    this.#timer?.cancel();
    this.#refreshing ??= this.#ask()
      .catch((error: unknown) => {
        this.#lastFailure = toFailure('cluster', error);
      })
      .finally(() => {
        this.#refreshing = undefined;
        this.#askedAt = this.#o.clock.now();
        if (this.#isClosed) return;
        this.#tell();
        const isWhole = this.isKnown && this.#masters.every(({ connection }) => connection.isUp);
        this.#schedule(isWhole ? REFRESH_MS : SEARCH_MS);
      });
  }

  /** Asks one node after the other until one answers; a frozen one costs a deadline. */
  async #ask(): Promise<void> {
    let failure: unknown = new RedisFailure('ERR_UNAVAILABLE', 'redis cluster: no node answers');
    for (const node of this.#inOrder()) {
      if (this.#isClosed) return;
      try {
        this.#take(parseSlots(await node.connection.call('cluster', 'CLUSTER', ['SLOTS']), node.address));
        return;
      } catch (error) {
        failure = error instanceof TypeError ? notACluster() : error;
      }
    }
    throw failure;
  }

  /** Those that answer first, in an order of chance; then all that were heard of, and where it began. */
  *#inOrder(): Generator<Node, void, undefined> {
    const up = [...this.#nodes.values()].filter(({ connection }) => connection.isUp);
    yield* shuffled(up);
    for (const address of [...shuffled(this.#known), ...this.#o.settings.seeds]) {
      const node = this.#node(address);
      if (!up.includes(node)) yield node;
    }
  }

  #take(ranges: readonly SlotRange[]): void {
    if (this.#isClosed) return;
    const { reach } = this.#o.settings;
    const masters = new Set<Node>();
    const known = new Map<string, Address>();
    const served: [Node, first: number, last: number][] = [];
    for (const { first, last, nodes } of ranges) {
      for (const address of nodes.map(reach)) known.set(nameOf(address), address);
      const [master] = nodes;
      if (!master || known.size > MAX_NODES) throw new TypeError('CLUSTER SLOTS: too many nodes');
      const node = this.#node(reach(master));
      masters.add(node);
      served.push([node, first, last]);
    }
    // In place: there is a table every second.
    this.#owners.length = 0;
    this.#owners.length = SLOT_COUNT;
    for (const [node, first, last] of served) this.#owners.fill(node, first, last + 1);
    this.#masters = [...masters];
    this.#known = [...known.values()];
    this.#lastFailure = undefined;
    this.#retire();
    // Connected before the first key asks for it.
    for (const { connection } of masters) connection.start();
  }

  #node(address: Address): Node {
    const name = nameOf(address);
    const known = this.#nodes.get(name);
    if (known) return known;
    const { settings, commandTimeoutMs, clock } = this.#o;
    const connection = new RedisConnection({ own: settings.open(address), commandTimeoutMs, clock });
    connection.onState((isUp, reason) => {
      if (!isUp) this.#lastFailure = reason;
      this.#tell();
      // Whoever is to take its place is looked for at once.
      if (!isUp && this.isKnown) this.#refreshSoon();
    });
    const node: Node = { address, connection, idleSince: undefined };
    this.#nodes.set(name, node);
    return node;
  }

  /** Ends connections to nodes that have served no slot for a while. */
  #retire(): void {
    const now = this.#o.clock.now();
    const masters = new Set(this.#masters);
    for (const [name, node] of this.#nodes) {
      node.idleSince = masters.has(node) ? undefined : (node.idleSince ?? now);
      if (node.idleSince === undefined || now - node.idleSince < KEEP_MS + this.#o.commandTimeoutMs) continue;
      this.#nodes.delete(name);
      // It settles by itself, whatever the server does.
      node.connection.close().catch((error: unknown) => (this.#lastFailure = toFailure('close', error)));
    }
  }

  #tell(): void {
    this.#changes.notify();
    this.#o.onChange(this.#lastFailure);
  }
}

const notACluster = (): RedisFailure =>
  new RedisFailure('ERR_UNAVAILABLE', 'redis cluster: the server is no cluster node', undefined, true);

/** In an order of chance: not every process asks the same node. */
const shuffled = <T>(items: readonly T[]): T[] =>
  items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
