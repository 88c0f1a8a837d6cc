/** The system of record of a race, and the oracle: which version a read may return at least. */
export class Source {
  /** Caches may be this far behind what another node got acknowledged. */
  readonly #stalenessMs: number;
  readonly #versions = new Map<string, number>();
  readonly #acknowledged: { key: string; version: number; node: number; atMs: number }[] = [];

  constructor(stalenessMs: number) {
    this.#stalenessMs = stalenessMs;
  }

  current(key: string): number {
    return this.#versions.get(key) ?? 0;
  }

  /** A change of the record; the caches are told afterwards. */
  change(key: string): number {
    const version = this.current(key) + 1;
    this.#versions.set(key, version);
    return version;
  }

  /** The cache of `node` has acknowledged that what is older than `version` is gone. */
  acknowledge(key: string, version: number, node: number, atMs: number): void {
    this.#acknowledged.push({ key, version, node, atMs });
  }

  /** The oldest version that a read of `node` that begins now may return. */
  floor(key: string, node: number, nowMs: number): number {
    const known = this.#acknowledged.filter(
      (one) => one.key === key && (one.node === node || nowMs - one.atMs > this.#stalenessMs),
    );
    return Math.max(0, ...known.map((one) => one.version));
  }
}
