/**
 * Reads of many keys at once while slots move from master to master with their keys: each answers with the value of
 * every key that has one and with a miss for every other, and none fails (row 16 of the fault matrix).
 */
import { isMiss, type Entry, type Miss } from '@keepsake/core';
import type { LongTest } from '@keepsake/tooling/long-test';
import { type ClusterMember, type RedisCluster, startRedisCluster } from '@keepsake/tooling/servers';
import { RedisBackend } from '../../src/index.ts';
import { KeySpace } from '../../src/key-space.ts';
import { slotOf } from '../../src/slot.ts';
import { item } from '../items.ts';
import { Random } from '@keepsake/tooling/simulation';

const PREFIX = 'ks:';
/** Families of keys that lie in one slot each. */
const FAMILIES = 20;
const MEMBERS = 6;
const READERS = 8;
const KEYS_OF_A_READ = 12;
/** One read in so many asks for the right to fill what is missing. */
const FILL_EVERY = 10;
const MAX_SHOWN = 20;

/** Of each family one half of the keys has a value, which is its name. */
const ALL_KEYS: readonly string[] = Array.from({ length: FAMILIES * MEMBERS }, (_, i) => keyAt(i));
const hasValue = (key: string): boolean => Number(key.at(-1)) % 2 === 0;

function keyAt(i: number): string {
  return `{family-${Math.floor(i / MEMBERS)}}:${i % MEMBERS}`;
}

type Read = (keys: readonly string[], intent: 'read' | 'fill') => Promise<readonly (Entry | Miss)[]>;

interface Subject {
  readonly read: Read;
  close(): Promise<void>;
}

/** Asks whoever served the slot at the beginning, and takes a refusal for an answer. */
const makeNaive = async (cluster: RedisCluster): Promise<Subject> => {
  const keySpace = new KeySpace(PREFIX);
  const nodes = new Map<string, RedisBackend>();
  const ofSlot = new Map<number, RedisBackend>();
  for (const key of ALL_KEYS) {
    const slot = slotOf(keySpace.value(key));
    const { id, server } = await cluster.masterOf(slot);
    const node = nodes.get(id) ?? new RedisBackend({ url: server.url, commandTimeout: 5 });
    nodes.set(id, node);
    ofSlot.set(slot, node);
  }
  return {
    read: async (keys) => {
      const one = async (key: string): Promise<Entry | Miss> =>
        (await ofSlot.get(slotOf(keySpace.value(key)))?.get(key, 'read')) ?? { reason: 'unavailable' };
      return Promise.all(keys.map(one));
    },
    close: async () => {
      await Promise.all([...nodes.values()].map((node) => node.close()));
    },
  };
};

const makeOurs = (cluster: RedisCluster): Subject => {
  const backend = new RedisBackend({ url: cluster.url, commandTimeout: 5 });
  return { read: (keys, intent) => backend.getMany(keys, intent), close: () => backend.close() };
};

/** What is wrong with an answer; undefined where nothing is. */
const faultOf = (keys: readonly string[], answer: readonly (Entry | Miss)[]): string | undefined => {
  for (const [i, key] of keys.entries()) {
    const one = answer[i];
    if (!one) return `${key}: no answer`;
    if (isMiss(one) ? hasValue(key) || one.reason === 'unavailable' : one.value !== key || !hasValue(key)) {
      return `${key}: ${isMiss(one) ? `miss (${one.reason})` : String(one.value)}`;
    }
  }
  return undefined;
};

interface Options {
  /** `ours` or `naive`. */
  readonly subject: string;
  readonly seed: number;
  readonly count: number;
  readonly onProgress: (done: number) => void;
}

interface Run extends Progress {
  readonly count: number;
  readonly violations: readonly string[];
  readonly worst: { readonly moves: number };
}

interface Progress {
  reads: number;
  moves: number;
}

/** Moves one slot after the other for as long as there are reads to come. */
const keepMoving = async (
  cluster: RedisCluster,
  random: Random,
  isOver: () => boolean,
  progress: Progress,
): Promise<void> => {
  const keySpace = new KeySpace(PREFIX);
  const masters: readonly ClusterMember[] = cluster.nodes;
  while (!isOver()) {
    const slot = slotOf(keySpace.value(random.pick(ALL_KEYS)));
    await cluster.moveSlot(slot, random.pick(masters));
    progress.moves += 1;
  }
};

const readMany = async (
  subject: Subject,
  random: Random,
  options: Options,
  progress: Progress,
  violations: string[],
): Promise<void> => {
  while (progress.reads < options.count && violations.length < MAX_SHOWN) {
    progress.reads += 1;
    options.onProgress(progress.reads);
    const keys = Array.from({ length: KEYS_OF_A_READ }, () => random.pick(ALL_KEYS));
    const intent = progress.reads % FILL_EVERY === 0 ? 'fill' : 'read';
    const fault = await subject.read(keys, intent).then(
      (answer) => faultOf(keys, answer),
      (error: unknown) => `rejected: ${String(error)}`,
    );
    if (fault !== undefined) violations.push(`read ${progress.reads} (${intent}), ${fault}`);
  }
};

export const migrate = async (options: Options): Promise<Run> => {
  await using cluster = await startRedisCluster({ replicas: 0 });
  const store = new RedisBackend({ url: cluster.url, commandTimeout: 5 });
  await store.connect(30_000);
  await store.setMany(ALL_KEYS.filter(hasValue).map((key) => item(key, key)));
  await store.close();
  const subject = options.subject === 'ours' ? makeOurs(cluster) : await makeNaive(cluster);
  const progress: Progress = { reads: 0, moves: 0 };
  const violations: string[] = [];
  let isOver = false;
  const moving = keepMoving(cluster, new Random(options.seed), () => isOver, progress);
  try {
    await Promise.all(
      Array.from({ length: READERS }, (_, i) =>
        readMany(subject, new Random(options.seed + 1 + i), options, progress, violations),
      ),
    );
  } finally {
    isOver = true;
    await moving;
    await subject.close();
  }
  return { count: progress.reads, violations, worst: { moves: progress.moves }, ...progress };
};

/** What `pnpm test:long cluster` runs. */
export const longTest: LongTest = {
  unit: 'reads of many keys',
  count: 10_000,
  mutantCount: 2_000,
  mutants: [],
  run: migrate,
};
