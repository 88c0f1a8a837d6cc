/** What was counted and shown, and whether that can be. */
export class Totals {
  readonly #bases: ReadonlyMap<string, number>;
  readonly #added = new Map<string, number>();
  /** The highest that was shown. */
  readonly #highest = new Map<string, number>();
  readonly #violations: string[] = [];
  increments = 0;
  reads = 0;

  constructor(bases: ReadonlyMap<string, number>) {
    this.#bases = bases;
  }

  add(id: string, by: number): void {
    this.#added.set(id, (this.#added.get(id) ?? 0) + by);
    this.increments += by > 0 ? 1 : 0;
    this.reads += by > 0 ? 0 : 1;
  }

  /** An increment, or a read by 0: it must show at least what was shown before it began, and itself. */
  async watch(id: string, by: number, ask: () => Promise<number>): Promise<void> {
    const before = this.#highest.get(id) ?? this.#bases.get(id) ?? 0;
    const total = await ask();
    this.add(id, by);
    if (total < before + by)
      this.#violations.push(`${id}: ${total} was shown after ${before}, and ${by} more`);
    this.#highest.set(id, Math.max(total, this.#highest.get(id) ?? 0));
  }

  counted(): Map<string, number> {
    return new Map(Array.from(this.#bases, ([id, base]) => [id, base + (this.#added.get(id) ?? 0)]));
  }

  /** With what the database has in the end. */
  compare(stored: ReadonlyMap<string, number>): { violations: string[]; lost: number; doubled: number } {
    let lost = 0;
    let doubled = 0;
    const violations = [...this.#violations];
    for (const [id, counted] of this.counted()) {
      const error = (stored.get(id) ?? 0) - counted;
      if (error !== 0) violations.push(`${id}: counted ${counted}, the database has ${counted + error}`);
      lost += Math.max(0, -error);
      doubled += Math.max(0, error);
    }
    return { violations, lost, doubled };
  }
}
