import type { Clock } from '@keepsake/core';
import { type Info, readInfo } from '../info.ts';
import { type Sample, takeSample } from '../sample.ts';
import type { Session } from '../session.ts';
import { parseTime } from '../../server-clock.ts';

export interface Latency {
  readonly minMs: number;
  readonly avgMs: number;
  readonly maxMs: number;
  readonly rounds: number;
}

/** What the findings are made of. */
export interface Facts {
  readonly info: Info;
  /** undefined: the user may not read it, as with most hosted servers. */
  readonly config: ReadonlyMap<string, string> | undefined;
  readonly latency: Latency;
  /** The server's clock less this machine's, and how exact that is. */
  readonly clockOffsetMs: number;
  readonly clockErrorMs: number;
  /** undefined: the user may not look at keys. */
  readonly sample: Sample | undefined;
  readonly isLoopback: boolean;
  readonly hasTls: boolean;
  /** All masters of a cluster were found: it is looked at as one. */
  readonly isWhole: boolean;
}

const ROUNDS = 100;
const SAMPLE = 2_000;

export const gatherFacts = async (session: Session, clock: Clock): Promise<Facts> => {
  const info = await readInfo(session);
  const reply = await session.tryCall('CONFIG', 'GET', '*');
  const mayLook =
    (await session.tryCall('DBSIZE')) !== undefined && (await session.tryCall('SCAN', '0')) !== undefined;
  return {
    info,
    config: reply === undefined ? undefined : pairs(reply),
    latency: await measureLatency(session, clock),
    ...(await compareClocks(session, clock)),
    sample: mayLook ? await takeSample(session, SAMPLE) : undefined,
    isLoopback: session.hosts.every(({ host }) => /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host)),
    hasTls: session.hasTls,
    isWhole: session.servers.isCluster,
  };
};

const pairs = (reply: unknown): Map<string, string> => {
  const flat = Array.isArray(reply) ? (reply as unknown[]).map(String) : [];
  return new Map(flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1] ?? ''] as const] : [])));
};

/** By TIME: a cache's own heartbeat, so that a user who may do anything may do it. */
const measureLatency = async (session: Session, clock: Clock): Promise<Latency> => {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = clock.now();
    await session.call('TIME');
    times.push(clock.now() - before);
  }
  const sum = times.reduce((total, time) => total + time, 0);
  return { minMs: Math.min(...times), avgMs: sum / ROUNDS, maxMs: Math.max(...times), rounds: ROUNDS };
};

/** Of a few round trips the shortest tells most: the server answered somewhere within it. */
const compareClocks = async (
  session: Session,
  clock: Clock,
): Promise<{ clockOffsetMs: number; clockErrorMs: number }> => {
  let best = { clockOffsetMs: 0, clockErrorMs: Infinity };
  for (let round = 0; round < 5; round += 1) {
    const before = clock.now();
    const serverMs = parseTime(await session.call('TIME'));
    const halfMs = (clock.now() - before) / 2;
    if (halfMs < best.clockErrorMs) {
      best = { clockOffsetMs: serverMs - (clock.wallNow() - halfMs), clockErrorMs: halfMs };
    }
  }
  return best;
};
