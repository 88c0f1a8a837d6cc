import { bytes, count, percent } from '../format.ts';
import type { Facts } from './facts.ts';
import { type Finding, info, ok, warning } from './finding.ts';

/** What happens when the server is full, and how near that is. */
export const checkMemory = (facts: Facts): Finding[] =>
  facts.info.text('used_memory') === undefined
    ? [info('memory', 'INFO is not allowed: memory and eviction were not looked at')]
    : [checkPolicy(facts), checkRoom(facts), ...checkPrecious(facts), ...checkFragmentation(facts)];

const policyOf = ({ info: server }: Facts): string => server.text('maxmemory_policy') ?? 'noeviction';
const limitOf = ({ info: server }: Facts): number => server.number('maxmemory') ?? 0;

const checkPolicy = (facts: Facts): Finding => {
  const policy = policyOf(facts);
  const limit = limitOf(facts);
  if (limit === 0) {
    return warning(
      'eviction',
      'maxmemory is not set: the cache grows until the machine has no memory left',
      'CONFIG SET maxmemory 1gb (what the machine can spare); CONFIG SET maxmemory-policy allkeys-lfu, ' +
        'unless locks or counters are to be safe here',
    );
  }
  if (policy === 'noeviction') {
    return warning(
      'eviction',
      `noeviction at ${bytes(limit)}: once that is full, nothing new is cached`,
      'CONFIG SET maxmemory-policy allkeys-lfu, unless locks or counters are to be safe here',
    );
  }
  if (policy.startsWith('volatile-')) {
    return info('eviction', `${policy} at ${bytes(limit)}: what is cached "forever" is never evicted`);
  }
  return ok('eviction', `${policy} at ${bytes(limit)}`);
};

const checkRoom = (facts: Facts): Finding => {
  const { info: server } = facts;
  const limit = limitOf(facts);
  const used = server.number('used_memory') ?? 0;
  if (limit === 0) return ok('memory', `${bytes(used)} used`);
  const evicted = count(server.number('evicted_keys') ?? 0);
  const figures = `${bytes(used)} of ${bytes(limit)} used (${percent(used, limit)}), ${evicted} keys evicted`;
  return used > 0.95 * limit && policyOf(facts) === 'noeviction'
    ? warning('memory', figures, 'raise maxmemory, or choose an eviction policy: writes are about to fail')
    : ok('memory', figures);
};

/** What must not be lost does not belong where things are thrown away. */
const checkPrecious = (facts: Facts): Finding[] => {
  const { sample } = facts;
  const hasLocks = sample?.helpers.some(({ name }) => name.includes('locks')) === true;
  const hasCounters = (sample?.counters ?? 0) > 0;
  const found = [...(hasLocks ? ['locks'] : []), ...(hasCounters ? ['counters'] : [])].join(' and ');
  if (found === '' || policyOf(facts) === 'noeviction' || limitOf(facts) === 0) return [];
  return [
    warning(
      'precious',
      `${found} lie where ${policyOf(facts)} may evict them`,
      'keep what must not be lost on a server with maxmemory-policy noeviction',
    ),
  ];
};

/** A small server is all overhead. */
const MIN_MEASURED_BYTES = 100 * 1_048_576;

const checkFragmentation = ({ info: server }: Facts): Finding[] => {
  const ratio = server.number('mem_fragmentation_ratio') ?? 1;
  if ((server.number('used_memory') ?? 0) < MIN_MEASURED_BYTES) return [];
  if (ratio < 0.9) {
    return [
      warning('fragmentation', 'part of the memory of the server is swapped out', 'give it more memory'),
    ];
  }
  return ratio > 1.5
    ? [info('fragmentation', `the server holds ${ratio} times what it uses`, 'CONFIG SET activedefrag yes')]
    : [];
};
