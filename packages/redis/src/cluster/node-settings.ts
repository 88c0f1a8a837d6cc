import { isIP } from 'node:net';
import { CacheError } from '@keepsake/core';
import { type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import { type ClientSource, FAIL_FAST, type RedisClient, refuseUnfit } from '../client.ts';
import { type Address, nameOf, parseAddress, parseRedisPlace, type RedisPlace } from '../place.ts';
import { DEFAULT_PORT } from '../url.ts';

/** How the nodes of a cluster are found and spoken to. */
export interface NodeSettings {
  /** Any of them: they know the others. */
  readonly seeds: readonly Address[];
  /** Where a node is reached that the cluster itself knows by this address. */
  readonly reach: (address: Address) => Address;
  /** A client of one node that is not connected yet. */
  readonly open: (
    address: Address,
    override?: Pick<RedisOptions, 'autoResubscribe' | 'retryStrategy'>,
  ) => RedisClient;
}

/** The settings of a cluster; undefined where the source leads to one server. */
export const nodeSettings = ({ url, client }: ClientSource): NodeSettings | undefined => {
  if (client?.isCluster === true) return settingsOf(client);
  if (client || url === undefined) return undefined;
  const place = parseRedisPlace(url);
  return place.kind === 'cluster' ? settingsFor(place) : undefined;
};

const settingsFor = ({
  nodes,
  username,
  password,
  tls,
}: Extract<RedisPlace, { kind: 'cluster' }>): NodeSettings => ({
  seeds: nodes,
  reach: (address) => address,
  open: opener({
    ...(username && { username }),
    ...(password && { password }),
    ...(tls && { tls: {} }),
  }),
});

/**
 * A Cluster of the caller's says where its nodes are and how to log in; it is not sent through. It repeats commands
 * after a lost connection, hides which node has answered, and drops and makes its connections as it likes: by such
 * a client one could neither tell which shard is away nor what the clock of the answering node says.
 */
const settingsOf = (client: RedisClient): NodeSettings => {
  const { redisOptions = {}, natMap } = client.options as ClusterOptions;
  refuseUnfit(client.options);
  refuseUnfit(redisOptions);
  const seeds = seedsOf(client);
  if (seeds.length === 0) throw new CacheError('ERR_OPTION', 'client: the cluster names none of its nodes');
  return {
    seeds,
    reach: (address) => {
      const name = nameOf(address);
      return (typeof natMap === 'function' ? natMap(name) : natMap?.[name]) ?? address;
    },
    open: opener(redisOptions),
  };
};

/** What an ioredis Cluster has besides: the nodes that it was given, and those that it has found. */
interface ClusterLike extends RedisClient {
  readonly startupNodes?: readonly unknown[];
  nodes?(): readonly { readonly options: { readonly host?: string; readonly port?: number } }[];
}

const seedsOf = (client: ClusterLike): Address[] => {
  const found = client.nodes?.().map(({ options }) => options) ?? [];
  return [...(client.startupNodes ?? []), ...found].flatMap((node) => seedOf(node) ?? []);
};

/** A start node of ioredis: a port, a URL or `host:port`, or an object. */
const seedOf = (node: unknown): Address | undefined => {
  if (typeof node === 'number') return { host: '127.0.0.1', port: node };
  if (typeof node === 'string') {
    return parseAddress(node.replace(/^rediss?:\/\/(?:[^@/]*@)?/i, '').replace(/[/?].*$/, ''), DEFAULT_PORT);
  }
  if (typeof node !== 'object' || node === null) return undefined;
  const { host = '127.0.0.1', port = DEFAULT_PORT } = node as { host?: string; port?: number | string };
  return { host, port: Number(port) };
};

const opener =
  (options: RedisOptions): NodeSettings['open'] =>
  ({ host, port }, override) => {
    const { tls } = options;
    return new Redis({
      ...options,
      ...FAIL_FAST,
      host,
      port,
      db: 0,
      readOnly: false,
      // Two commands that must follow each other would not.
      enableAutoPipelining: false,
      // A name to ask for is of use only where there is one.
      ...(tls && { tls: isIP(host) === 0 ? { servername: host, ...tls } : tls }),
      ...override,
      replyMapping: 'legacy',
    });
  };
