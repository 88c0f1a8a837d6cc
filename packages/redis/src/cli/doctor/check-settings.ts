import { count } from '../format.ts';
import type { Facts } from './facts.ts';
import { type Finding, info, ok, warning } from './finding.ts';

/** Persistence and the settings of a server that a cache feels. */
export const checkSettings = (facts: Facts): Finding[] => [
  checkPersistence(facts),
  ...checkConfig(facts),
  ...checkClients(facts),
];

const checkPersistence = ({ info: server, config }: Facts): Finding => {
  const failed = [
    ...(server.text('rdb_last_bgsave_status') === 'err' ? ['the last snapshot'] : []),
    ...(server.text('aof_last_write_status') === 'err' ? ['the last write to the AOF'] : []),
  ];
  if (failed.length > 0) {
    return warning(
      'persistence',
      `${failed.join(' and ')} failed; the server may refuse writes`,
      'look at the disk and the log of the server',
    );
  }
  const hasAof = server.text('aof_enabled') === '1';
  if (hasAof && config?.get('appendfsync') === 'always') {
    return warning('persistence', 'each write waits for the disk', 'CONFIG SET appendfsync everysec');
  }
  if (hasAof)
    return info('persistence', 'the AOF is on: locks and counters profit, a cache does not need it');
  const save = config?.get('save');
  if (save === undefined)
    return info('persistence', 'what is saved was not looked at (CONFIG GET is not allowed)');
  return save === ''
    ? ok('persistence', 'none: after a restart the cache is empty, and fills again')
    : info('persistence', `snapshots (save ${save}): each fork costs memory and a short pause`);
};

/** Shorter, and a quiet subscription is closed before its next heartbeat may come. */
const MIN_IDLE_SECONDS = 60;

const checkConfig = ({ config }: Facts): Finding[] => {
  if (config === undefined) {
    return [info('settings', 'CONFIG GET is not allowed: timeouts and lazyfree were not looked at')];
  }
  const findings: Finding[] = [];
  const warn = (message: string, advice: string): void =>
    void findings.push(warning('settings', message, advice));
  const timeout = Number(config.get('timeout') ?? 0);
  if (timeout > 0 && timeout < MIN_IDLE_SECONDS) {
    warn(`connections are closed after ${timeout} s without a command`, 'CONFIG SET timeout 0');
  }
  if (config.get('tcp-keepalive') === '0') {
    warn('tcp-keepalive is 0: dead connections stay', 'CONFIG SET tcp-keepalive 300');
  }
  if (config.get('lazyfree-lazy-eviction') === 'no' || config.get('lazyfree-lazy-expire') === 'no') {
    findings.push(
      info(
        'settings',
        'large values that expire or are evicted hold the server up while they are freed',
        'CONFIG SET lazyfree-lazy-eviction yes; CONFIG SET lazyfree-lazy-expire yes',
      ),
    );
  }
  return findings.length > 0 ? findings : [ok('settings', 'timeout, keepalive and lazyfree suit a cache')];
};

const checkClients = ({ info: server }: Facts): Finding[] => {
  const [clients, max] = [server.number('connected_clients'), server.number('maxclients')];
  const rejected = server.number('rejected_connections') ?? 0;
  if (clients !== undefined && max !== undefined && clients > 0.8 * max) {
    return [
      warning(
        'clients',
        `${count(clients)} of at most ${count(max)} connections are open`,
        'raise maxclients, or look for who opens so many (CLIENT LIST)',
      ),
    ];
  }
  return rejected > 0
    ? [info('clients', `${count(rejected)} connections were refused since the start (maxclients)`)]
    : [];
};
