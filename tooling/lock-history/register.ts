/** What locks protect: versions that processes read, and write back plus one. */
export interface Register {
  /** Undefined: refused, somebody with a higher fence was there. */
  read(name: string, fence: number | undefined): number | undefined | Promise<number | undefined>;
  /** Writes `seen + 1` and gives the version that it replaced. Undefined: refused. */
  write(
    name: string,
    fence: number | undefined,
    seen: number,
  ): number | undefined | Promise<number | undefined>;
}

/** In memory. A guarded one leaves the fence behind at the read, too: see "The guard" in the guide to locks. */
export class MemoryRegister implements Register {
  readonly #isGuarded: boolean;
  readonly #cells = new Map<string, { fence: number; version: number }>();

  constructor(isGuarded: boolean) {
    this.#isGuarded = isGuarded;
  }

  read(name: string, fence: number | undefined): number | undefined {
    return this.#open(name, fence)?.version;
  }

  write(name: string, fence: number | undefined, seen: number): number | undefined {
    const cell = this.#open(name, fence);
    const found = cell?.version;
    if (cell) cell.version = seen + 1;
    return found;
  }

  #open(name: string, fence = 0): { fence: number; version: number } | undefined {
    const cell = this.#cells.get(name) ?? { fence: -Infinity, version: 0 };
    this.#cells.set(name, cell);
    if (this.#isGuarded && fence < cell.fence) return undefined;
    cell.fence = fence;
    return cell;
  }
}
