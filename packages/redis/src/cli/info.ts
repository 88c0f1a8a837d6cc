import type { Session } from './session.ts';

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

  get hasCluster(): boolean {
    return this.text('cluster_enabled') === '1';
  }
}

export const readInfo = async (session: Session): Promise<Info> => {
  const reply = await session.tryCall('INFO');
  return new Info(reply === undefined ? '' : String(reply));
};
