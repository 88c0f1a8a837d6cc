import { randomBytes } from 'node:crypto';
import { RedisFailure } from '../../failure.ts';
import type { Session } from '../session.ts';
import { error, type Finding, ok, warning } from './finding.ts';

const SCRATCH_MS = 10_000;
const LUA = "return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])";

/** A command, what does not work without it, and its arguments here. */
type Need = readonly [command: string, without: string, ...args: (string | number)[]];

/** Every command that a cache sends, harmless as it is here: on one key of its own that ends by itself. */
const vital = (key: string): Need[] => [
  ['TIME', 'anything'],
  ['SET', 'writes', key, '1', 'PX', SCRATCH_MS],
  ['GET', 'reads', key],
  ['MGET', 'getMany and tags', key],
  ['EVAL', 'writes', LUA, 1, key, '1', SCRATCH_MS],
  ['EVALSHA', 'writes', '0'.repeat(40), 1, key],
  ['PTTL', 'counters, leases and tags', key],
  ['PEXPIRE', 'touch and tags', key, SCRATCH_MS],
  ['PERSIST', 'touch and tags', key],
  ['INCRBY', 'increment', key, 1],
  ['DEL', 'removals', key],
  ['UNLINK', 'removals', key],
];

const useful = (key: string): Need[] => [
  ['DBSIZE', 'size'],
  ['SCAN', 'keys and clear', '0', 'MATCH', key, 'COUNT', 1],
  ['PUBLISH', 'telling other processes', key, ''],
];

/** Not tried on a replica: it refuses them all, and a connection that is refused so is given up. */
const WRITES: ReadonlySet<string> = new Set(['SET', 'EVAL', 'PEXPIRE', 'PERSIST', 'INCRBY', 'DEL', 'UNLINK']);

interface Refusal {
  readonly command: string;
  readonly without: string;
  readonly problem: string;
  readonly isVital: boolean;
}

/** Tries what the user may do, command by command. */
export const checkRights = async (session: Session, isReplica: boolean): Promise<Finding[]> => {
  const key = `${session.keySpace.prefix}~doctor:${randomBytes(8).toString('hex')}`;
  const user = String((await session.tryCall('ACL', 'WHOAMI')) ?? '<user>');
  const all = [
    ...vital(key).map((need) => ({ need, isVital: true })),
    ...useful(key).map((need) => ({ need, isVital: false })),
  ].filter(({ need: [command] }) => !isReplica || !WRITES.has(command));
  const refusals: Refusal[] = [];
  for (const { need, isVital } of all) {
    const [command, without, ...args] = need;
    const problem = await refusalOf(session, command, args);
    // That a key lies on another node is a finding of its own; the command itself is allowed.
    if (problem !== undefined && problem !== 'NOSCRIPT' && problem !== 'MOVED') {
      refusals.push({ command, without, problem, isVital });
    }
  }
  if (refusals.length === 0) {
    return [ok('rights', `user ${user} may run all ${all.length} commands that a cache needs`)];
  }
  const grant = (command: string): string =>
    `ACL SETUSER ${user} +${command.toLowerCase()} ~${session.keySpace.prefix}* &*`;
  return [
    ...refusals
      .filter(({ problem }) => problem === 'NOPERM')
      .map(({ command, without, isVital }) =>
        (isVital ? error : warning)('rights', `${command} is not allowed: no ${without}`, grant(command)),
      ),
    // One cause, whichever commands it stopped.
    ...[...new Set(refusals.map(({ problem }) => problem))]
      .filter((problem) => problem !== 'NOPERM')
      .map((problem) => {
        const stopped = refusals.filter((one) => one.problem === problem).map(({ command }) => command);
        return error('rights', `${stopped.join(', ')} failed with ${problem}`, adviceOn(problem));
      }),
  ];
};

const refusalOf = async (
  session: Session,
  command: string,
  args: readonly (string | number)[],
): Promise<string | undefined> => {
  try {
    await session.call(command, ...args);
    return undefined;
  } catch (failure) {
    if (!(failure instanceof RedisFailure) || failure.reply === undefined) throw failure;
    return failure.reply;
  }
};

const adviceOn = (problem: string): string => {
  switch (problem) {
    case 'OOM':
      return 'the server is full: give it more memory, or an eviction policy such as allkeys-lfu';
    case 'CLUSTERDOWN':
      return 'the cluster is down: a slot has no primary (CLUSTER INFO, CLUSTER NODES)';
    case 'MISCONF':
      return 'the server cannot save its data: look at its disk and its log';
    case 'ERR':
      return 'the server does not know the command: it may be renamed, or the server too old';
    default:
      return `look up ${problem} in the log of the server`;
  }
};
