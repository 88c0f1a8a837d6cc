import { CacheError, type ErrorCode } from '@keepsake/core';
import { decode, DEFAULT_PORT, parseDb, parsePort, parseRedisUrl, type RedisTarget } from './url.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

interface Login {
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: boolean;
}

/** What a URL leads to: one server, some nodes of a cluster, or the sentinels that know the primary. */
export type RedisPlace =
  | (RedisTarget & { readonly kind: 'server' })
  | (Login & { readonly kind: 'cluster'; readonly nodes: readonly Address[] })
  | (Login & {
      readonly kind: 'sentinel';
      readonly sentinels: readonly Address[];
      /** Of the primary, among the sentinels. */
      readonly name: string;
      readonly db: number;
    });

const DEFAULT_SENTINEL_PORT = 26_379;
/** Hosts of one URL. */
const MAX_HOSTS = 100;

const EXPECTED = {
  cluster: 'redis+cluster://[user:password@]host[:port][,host[:port]...]',
  sentinel: 'redis+sentinel://[user:password@]host[:port][,host[:port]...]/primary-name[/db]',
} as const;

/**
 * Reads what `parseRedisUrl` reads, and `redis+cluster:` and `redis+sentinel:` with several hosts (`rediss+...` for
 * TLS). Messages never repeat the URL: it may hold a password.
 *
 * @throws CacheError with `code` that names `what` and the part that is wrong.
 */
export const parseRedisPlace = (url: unknown, what = 'url', code: ErrorCode = 'ERR_OPTION'): RedisPlace => {
  const scheme = typeof url === 'string' ? /^(rediss?)\+(cluster|sentinel):\/\//i.exec(url) : null;
  if (typeof url !== 'string' || scheme === null)
    return { kind: 'server', ...parseRedisUrl(url, what, code) };
  const kind = scheme[2]?.toLowerCase() === 'cluster' ? 'cluster' : 'sentinel';
  const fail = (problem: string): never => {
    throw new CacheError(code, `${what}: ${problem}; expected ${EXPECTED[kind]}`);
  };
  const parts = /^(?:([^@/?#]*)@)?([^@/?#]+)(?:\/([^?#]*))?$/.exec(url.slice(scheme[0].length));
  if (!parts) return fail('it is malformed (a character of the password that must be %-encoded?)');
  const [, login = '', hosts = '', path = ''] = parts;
  const defaultPort = kind === 'cluster' ? DEFAULT_PORT : DEFAULT_SENTINEL_PORT;
  const addresses = hosts
    .split(',')
    .map((text) => parseAddress(text, defaultPort) ?? fail('a host is wrong'));
  if (addresses.length > MAX_HOSTS) return fail(`it names more than ${MAX_HOSTS} hosts`);
  const [username = '', ...password] = login.split(':');
  const access: Login = {
    username: decode(username) ?? fail('its user name is not valid %-encoding'),
    password: decode(password.join(':')) ?? fail('its password is not valid %-encoding'),
    tls: scheme[1]?.toLowerCase() === 'rediss',
  };
  if (kind === 'cluster') {
    if (path !== '' && path !== '0') return fail('a cluster has no databases');
    return { kind, nodes: addresses, ...access };
  }
  const [name = '', db = '', ...more] = path.split('/');
  if (name === '' || more.length > 0) return fail('it does not name the primary');
  return {
    kind,
    sentinels: addresses,
    name: decode(name) ?? fail('the name is not valid %-encoding'),
    db: parseDb(db) ?? fail('what follows the name is no database number'),
    ...access,
  };
};

/** `host`, `host:port`, `[v6]` or `[v6]:port`. */
export const parseAddress = (text: string, defaultPort: number): Address | undefined => {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9_.-]+))(?::(\d+))?$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = match?.[3] === undefined ? defaultPort : parsePort(match[3]);
  return host === undefined || port === undefined ? undefined : { host, port };
};

/** As one text, without user and password. */
export const describePlace = (place: RedisPlace): string => {
  const scheme = place.tls ? 'rediss' : 'redis';
  switch (place.kind) {
    case 'server':
      return `${scheme}://${nameOf(place)}/${place.db}`;
    case 'cluster':
      return `${scheme}+cluster://${place.nodes.map(nameOf).join(',')}`;
    case 'sentinel':
      return `${scheme}+sentinel://${place.sentinels.map(nameOf).join(',')}/${encodeURIComponent(place.name)}/${place.db}`;
  }
};

export const nameOf = ({ host, port }: Address): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;
