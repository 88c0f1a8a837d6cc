/**
 * A real primary with replicas, watched by sentinels, on loopback. A sentinel is the same executable; its
 * configuration file lies in a folder that is removed at the end, for it rewrites that file itself.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ask } from './ask.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

const FORM_DEADLINE_MS = 30_000;
/** How the primary is named among the sentinels. */
const NAME = 'keepsake';

export interface StartSentinelOptions {
  /** Default 1. */
  readonly replicas?: number;
  /** Default 3. */
  readonly sentinels?: number;
  /** After how long without an answer the primary counts as down. Default 1,000. */
  readonly downAfterMs?: number;
}

export interface RedisSentinel {
  /** The primary of the beginning first. */
  readonly servers: readonly RedisServer[];
  readonly sentinels: readonly RedisServer[];
  readonly name: string;
  /** `redis+sentinel://127.0.0.1:<port>,.../<name>` with all sentinels. */
  readonly url: string;
  readonly downAfterMs: number;
  /** Whom the sentinels hold for the primary now. */
  primary(): Promise<RedisServer>;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Resolves once all sentinels know each other and the replicas, and these are in step. */
export async function startRedisSentinel(options: StartSentinelOptions = {}): Promise<RedisSentinel> {
  const { replicas = 1, sentinels: count = 3, downAfterMs = 1_000 } = options;
  const folder = await mkdtemp(join(tmpdir(), 'keepsake-sentinel-'));
  const servers: RedisServer[] = [];
  const sentinels: RedisServer[] = [];
  const stop = async (): Promise<void> => {
    // Sentinels first: they would fail over from what is being stopped.
    await Promise.all(sentinels.map((server) => server.stop()));
    await Promise.all(servers.map((server) => server.stop()));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const first = await startRedis();
    servers.push(first);
    const replica = ['--replicaof', `127.0.0.1 ${first.port}`, '--repl-diskless-sync-delay', '0'];
    servers.push(
      ...(await Promise.all(Array.from({ length: replicas }, () => startRedis({ args: replica })))),
    );
    const quorum = Math.floor(count / 2) + 1;
    for (let i = 0; i < count; i += 1) {
      sentinels.push(await startSentinel(join(folder, `${i}.conf`), first.port, quorum, downAfterMs));
    }
    await until(() => isSettled(sentinels, servers));
    return {
      servers,
      sentinels,
      name: NAME,
      url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${NAME}`,
      downAfterMs,
      primary: () => primaryOf(sentinels, servers),
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startSentinel(
  file: string,
  port: number,
  quorum: number,
  downAfterMs: number,
): Promise<RedisServer> {
  const lines = [
    `sentinel monitor ${NAME} 127.0.0.1 ${port} ${quorum}`,
    `sentinel down-after-milliseconds ${NAME} ${downAfterMs}`,
    `sentinel failover-timeout ${NAME} ${downAfterMs * 5}`,
    `sentinel parallel-syncs ${NAME} 5`,
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  return startRedis({ config: file, args: ['--sentinel'] });
}

async function isSettled(
  sentinels: readonly RedisServer[],
  servers: readonly RedisServer[],
): Promise<boolean> {
  for (const { port } of sentinels) {
    const reply = (await ask(port, 'SENTINEL', 'MASTER', NAME)) as string[];
    const fact = (name: string): number => Number(reply[reply.indexOf(name) + 1]);
    const isComplete =
      fact('num-slaves') === servers.length - 1 && fact('num-other-sentinels') === sentinels.length - 1;
    if (!isComplete) return false;
  }
  for (const { port } of servers.slice(1)) {
    const info = String(await ask(port, 'INFO', 'replication'));
    if (!info.includes('master_link_status:up')) return false;
  }
  return true;
}

async function primaryOf(
  sentinels: readonly RedisServer[],
  servers: readonly RedisServer[],
): Promise<RedisServer> {
  for (const { port } of sentinels) {
    const reply = await ask(port, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME).catch(() => null);
    const found = Array.isArray(reply) && servers.find((server) => String(server.port) === reply[1]);
    if (found) return found;
  }
  throw new Error('no sentinel knows the primary');
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + FORM_DEADLINE_MS;
  while (!(await holds())) {
    if (performance.now() > deadline)
      throw new Error(`the sentinels do not agree after ${FORM_DEADLINE_MS} ms`);
    await delay(50);
  }
}
