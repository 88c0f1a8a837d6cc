import type { Session } from './session.ts';

const SUMMED: readonly string[] = [
  'used_memory',
  'maxmemory',
  'connected_clients',
  'rejected_connections',
  'connected_slaves',
  'instantaneous_ops_per_sec',
  'keyspace_hits',
  'keyspace_misses',
  'evicted_keys',
  'expired_keys',
];
/** A field of our own. */
const SERVERS = 'keepsake_servers';

/** The fields of INFO; one that this server or user does not have is undefined. */
export class Info {
  readonly #fields: ReadonlyMap<string, string>;

  constructor(text: string) {
    this.#fields = new Map(
      text.split(/\r?\n/).flatMap((line) => {
        const colon = line.indexOf(':');
        return colon < 1 || line.startsWith('#')
          ? []
          : [[line.slice(0, colon), line.slice(colon + 1)] as const];
      }),
    );
  }

  text(field: string): string | undefined {
    return this.#fields.get(field);
  }

  number(field: string): number | undefined {
    const value = Number(this.#fields.get(field) ?? NaN);
    return Number.isFinite(value) ? value : undefined;
  }

  /** `Redis 7.0.15`, `Valkey 8.1.0`. */
  get product(): string {
    const valkey = this.text('valkey_version');
    return valkey === undefined ? `Redis ${this.text('redis_version') ?? '?'}` : `Valkey ${valkey}`;
  }

  /** Of several servers: what can be added up is a sum, the rest is what the first one says. */
  static of(all: readonly Info[]): Info {
    const [first = new Info('')] = all;
    if (all.length < 2) return first;
    const sums = SUMMED.flatMap((field) => {
      const numbers = all.flatMap((one) => one.number(field) ?? []);
      return numbers.length === 0 ? [] : [`${field}:${numbers.reduce((sum, one) => sum + one, 0)}`];
    });
    const rest = [...first.#fields].flatMap(([field, value]) =>
      SUMMED.includes(field) ? [] : [`${field}:${value}`],
    );
    return new Info([...rest, ...sums, `${SERVERS}:${all.length}`].join('\n'));
  }

  /** How many servers it tells of. */
  get servers(): number {
    return this.number(SERVERS) ?? 1;
  }

  get hasCluster(): boolean {
    return this.text('cluster_enabled') === '1';
  }
}

export const readInfo = async (session: Session): Promise<Info> => {
  if (!session.servers.isCluster) return new Info(String((await session.tryCall('INFO')) ?? ''));
  const may = (await session.tryCall('INFO')) !== undefined;
  return Info.of(may ? (await session.callAll('INFO')).map((reply) => new Info(String(reply))) : []);
};
