/**
 * A real cluster of masters with one replica each, on loopback: formed by the nodes' own commands, without any
 * other tool. Nodes end like single servers do (see redis-server.ts).
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ask, type Reply } from './ask.ts';
import { findFreePort } from './free-port.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

const SLOTS = 16_384;
const FORM_DEADLINE_MS = 30_000;
const NODE_ATTEMPTS = 3;

export interface StartClusterOptions {
  /** Default 3. */
  readonly masters?: number;
  /** Of each master. Default 1. */
  readonly replicas?: number;
  /** After how long without an answer a node counts as failed. Default 2,000. */
  readonly nodeTimeoutMs?: number;
  /** More command line arguments for every node. */
  readonly args?: readonly string[];
}

export interface ClusterMember {
  readonly server: RedisServer;
  /** 40 hex digits, as `CLUSTER NODES` has it. */
  readonly id: string;
}

export interface RedisCluster {
  /** The masters of the beginning first, then the replicas. */
  readonly nodes: readonly ClusterMember[];
  /** `redis+cluster://127.0.0.1:<port>,...` with all nodes. */
  readonly url: string;
  readonly nodeTimeoutMs: number;
  /** Who serves a slot now, as the nodes that answer see it. */
  masterOf(slot: number): Promise<ClusterMember>;
  /** Moves a slot with all its keys to another master. Clients see ASK and TRYAGAIN meanwhile, then MOVED. */
  moveSlot(slot: number, to: ClusterMember): Promise<void>;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Resolves once all nodes see a complete cluster with its replicas in step. */
export async function startRedisCluster(options: StartClusterOptions = {}): Promise<RedisCluster> {
  const { masters = 3, replicas = 1, nodeTimeoutMs = 2_000, args = [] } = options;
  const count = masters * (1 + replicas);
  const started = await Promise.allSettled(
    Array.from({ length: count }, () => startNode(nodeTimeoutMs, args)),
  );
  const servers = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  try {
    for (const one of started) if (one.status === 'rejected') throw one.reason;
    const nodes = await Promise.all(
      servers.map(async (server) => ({ server, id: String(await ask(server.port, 'CLUSTER', 'MYID')) })),
    );
    await form(nodes, masters);
    return {
      nodes,
      url: `redis+cluster://${servers.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
      nodeTimeoutMs,
      masterOf: (slot) => masterOf(nodes, slot),
      moveSlot: async (slot, to) => moveSlot(nodes, slot, await masterOf(nodes, slot), to),
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startNode(nodeTimeoutMs: number, args: readonly string[]): Promise<RedisServer> {
  for (let attempt = 1; ; attempt++) {
    // Not port + 10,000, as by default: that may be taken, or beyond the last port.
    const busPort = await findFreePort();
    try {
      return await startRedis({
        args: [
          ...['--cluster-enabled', 'yes', '--cluster-port', String(busPort)],
          ...['--cluster-node-timeout', String(nodeTimeoutMs), '--cluster-require-full-coverage', 'no'],
          // A replica may take over however old its data is: tests kill a master soon after its start.
          ...['--cluster-replica-validity-factor', '0', '--repl-diskless-sync-delay', '0'],
          ...args,
        ],
      });
    } catch (error) {
      if (attempt === NODE_ATTEMPTS) throw error;
    }
  }
}

async function form(nodes: readonly ClusterMember[], masters: number): Promise<void> {
  await Promise.all(
    nodes.slice(0, masters).map(({ server }, i) => {
      const [first, next] = [i, i + 1].map((n) => Math.floor((n * SLOTS) / masters));
      const slots = Array.from({ length: (next ?? 0) - (first ?? 0) }, (_, n) => (first ?? 0) + n);
      return ask(server.port, 'CLUSTER', 'ADDSLOTS', ...slots);
    }),
  );
  // Epochs that differ from the start need no conflict to be settled.
  await Promise.all(nodes.map(({ server }, i) => ask(server.port, 'CLUSTER', 'SET-CONFIG-EPOCH', i + 1)));
  const [first] = nodes;
  for (const { server } of nodes.slice(1)) {
    const busPort = await busPortOf(server.port);
    await ask(first?.server.port ?? 0, 'CLUSTER', 'MEET', '127.0.0.1', server.port, busPort);
  }
  await until('all nodes know each other', async () =>
    (await Promise.all(nodes.map(knownBy))).every((known) => known === nodes.length),
  );
  await Promise.all(
    nodes
      .slice(masters)
      .map(({ server }, i) => ask(server.port, 'CLUSTER', 'REPLICATE', nodes[i % masters]?.id ?? '')),
  );
  await until('the cluster is complete', async () =>
    (await Promise.all(nodes.map((node, i) => isSettled(node, i >= masters, nodes.length)))).every(Boolean),
  );
}

const busPortOf = async (port: number): Promise<string> => {
  const reply = await ask(port, 'CONFIG', 'GET', 'cluster-port');
  return String(Array.isArray(reply) ? reply[1] : '');
};

/** With how many nodes it has shaken hands, itself included. */
const knownBy = async ({ server }: ClusterMember): Promise<number> =>
  linesOf(await ask(server.port, 'CLUSTER', 'NODES')).filter((line) => !/handshake|noaddr/.test(line)).length;

async function isSettled({ server }: ClusterMember, isReplica: boolean, count: number): Promise<boolean> {
  const info = String(await ask(server.port, 'CLUSTER', 'INFO'));
  const nodes = linesOf(await ask(server.port, 'CLUSTER', 'NODES'));
  const replicas = nodes.filter((line) => line.includes('slave')).length;
  const slots = nodes.filter((line) => /connected \d+-\d+/.test(line)).length;
  const replication = String(await ask(server.port, 'INFO', 'replication'));
  return (
    info.includes('cluster_state:ok') &&
    info.includes(`cluster_slots_assigned:${SLOTS}`) &&
    replicas + slots === count &&
    (!isReplica || replication.includes('master_link_status:up'))
  );
}

const linesOf = (reply: Reply): string[] => String(reply).trim().split('\n');

async function masterOf(nodes: readonly ClusterMember[], slot: number): Promise<ClusterMember> {
  for (const { server } of nodes) {
    const reply = await ask(server.port, 'CLUSTER', 'SLOTS').catch(() => null);
    for (const [first, last, master] of (reply ?? []) as [number, number, [string, number, string]][]) {
      const owner = first <= slot && slot <= last && nodes.find(({ id }) => id === master[2]);
      if (owner) return owner;
    }
  }
  throw new Error(`no node knows who serves slot ${slot}`);
}

/** The steps of "Live resharding" in the Redis Cluster specification. */
async function moveSlot(
  nodes: readonly ClusterMember[],
  slot: number,
  from: ClusterMember,
  to: ClusterMember,
): Promise<void> {
  const [source, target] = [from.server.port, to.server.port];
  if (source === target) return;
  await ask(target, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id);
  await ask(source, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id);
  for (;;) {
    const keys = (await ask(source, 'CLUSTER', 'GETKEYSINSLOT', slot, 10)) as string[];
    if (keys.length === 0) break;
    await ask(source, 'MIGRATE', '127.0.0.1', target, '', 0, 2_000, 'REPLACE', 'KEYS', ...keys);
  }
  // The target first: a slot must never be nobody's.
  await ask(target, 'CLUSTER', 'SETSLOT', slot, 'NODE', to.id);
  await ask(source, 'CLUSTER', 'SETSLOT', slot, 'NODE', to.id);
  const others = nodes.filter((node) => node !== from && node !== to);
  // Replicas learn it from their masters, and a node that is down later.
  await Promise.allSettled(
    others.map(({ server }) => ask(server.port, 'CLUSTER', 'SETSLOT', slot, 'NODE', to.id)),
  );
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + FORM_DEADLINE_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${FORM_DEADLINE_MS} ms: ${what}`);
    await delay(50);
  }
}
