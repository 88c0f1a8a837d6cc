import { duration, milliseconds, plural } from '../format.ts';
import type { Facts } from './facts.ts';
import { error, type Finding, info, ok, warning } from './finding.ts';

/** A cache's own deadline of a command, by default. */
const COMMAND_TIMEOUT_MS = 250;

/** What server it is, and how it answers. */
export const checkServer = (facts: Facts): Finding[] => [
  checkVersion(facts),
  checkRole(facts),
  checkProtocol(facts),
  checkLatency(facts),
  checkClock(facts),
  ...checkTransport(facts),
  ...checkCoverage(facts),
];

const checkVersion = ({ info: server }: Facts): Finding => {
  const version = server.text('valkey_version') ?? server.text('redis_version');
  if (version === undefined) {
    return info(
      'version',
      'the server does not say: INFO is not allowed',
      'Redis 6.2 or Valkey 7.2 is needed',
    );
  }
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 6 || (major === 6 && minor < 2)) {
    return error('version', `${server.product} is too old`, 'use Redis 6.2 or newer, or Valkey');
  }
  return ok(
    'version',
    `${server.product}, up ${duration((server.number('uptime_in_seconds') ?? 0) * 1_000)}`,
  );
};

const checkRole = ({ info: server, isWhole }: Facts): Finding => {
  if (server.text('role') === 'slave') {
    return error('role', 'this is a replica: it takes no writes', 'give the URL of the primary');
  }
  const replicas = server.number('connected_slaves') ?? 0;
  if (isWhole) {
    return ok(
      'role',
      `cluster of ${plural(server.servers, 'primary', 'primaries')}, ${plural(replicas, 'replica')}`,
    );
  }
  if (server.hasCluster) {
    return warning(
      'role',
      'this is one node of a Cluster, and keepsake looks at its keys only',
      'give a URL of the whole: redis+cluster://',
    );
  }
  return ok('role', replicas === 0 ? 'primary, without replicas' : `primary, ${plural(replicas, 'replica')}`);
};

const checkProtocol = ({ info: server }: Facts): Finding => {
  const major = Number((server.text('redis_version') ?? '0').split('.')[0]);
  return ok('protocol', major >= 6 ? 'RESP2 is spoken; the server knows RESP3 too' : 'RESP2 is spoken');
};

const checkLatency = ({ latency: { minMs, avgMs, maxMs, rounds } }: Facts): Finding => {
  const figures =
    `min ${milliseconds(minMs)}, avg ${milliseconds(avgMs)}, max ${milliseconds(maxMs)} ` +
    `of ${rounds} round trips`;
  if (avgMs > COMMAND_TIMEOUT_MS / 10) {
    return warning(
      'latency',
      `${figures}: a cache so far away saves little`,
      'put the server next to the application, or raise commandTimeout and l2Timeout above their 250 ms',
    );
  }
  if (maxMs > COMMAND_TIMEOUT_MS / 2) {
    return warning(
      'latency',
      `${figures}: near the 250 ms after which a command is given up`,
      'look for slow commands (SLOWLOG GET), swapping, or a saturated network',
    );
  }
  return ok('latency', figures);
};

const checkClock = ({ clockOffsetMs, clockErrorMs }: Facts): Finding => {
  const by = duration(Math.abs(clockOffsetMs));
  if (Math.abs(clockOffsetMs) <= 1_000 + clockErrorMs) return ok('clock', `within ${by} of this machine's`);
  return info(
    'clock',
    `${by} ${clockOffsetMs > 0 ? 'ahead of' : 'behind'} this machine's; entries follow the server's alone`,
    'nothing breaks, but let NTP set both: times in logs will not match',
  );
};

const checkTransport = ({ isLoopback, hasTls }: Facts): Finding[] =>
  isLoopback || hasTls
    ? []
    : [info('transport', 'no TLS: passwords and values can be read on the network', 'use rediss://')];

/** By default the nodes of a cluster refuse all keys while nobody serves some. */
const checkCoverage = ({ isWhole, config }: Facts): Finding[] =>
  isWhole && config?.get('cluster-require-full-coverage') === 'yes'
    ? [
        warning(
          'coverage',
          'one shard without a primary stops the whole cluster',
          'CONFIG SET cluster-require-full-coverage no, on every node',
        ),
      ]
    : [];
