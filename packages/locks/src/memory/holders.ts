export interface Holder {
  readonly token: string;
  readonly fence: number;
  readonly untilMs: number;
  /** How many it shares the name with, itself included. */
  readonly holders: number;
}

/** Lapsed holders that nobody asked about again are swept when there may be this many names, and at each doubling. */
const FIRST_SWEEP_AT = 1_024;

/** Who holds which name, and until when. */
export class Holders {
  readonly #byName = new Map<string, Holder[]>();
  #sweepAt = FIRST_SWEEP_AT;

  /** Names with holders, lapsed ones that are not swept yet included. */
  get size(): number {
    return this.#byName.size;
  }

  /** Those whose time is not over. */
  live(name: string, nowMs: number): readonly Holder[] {
    const held = this.#byName.get(name);
    if (held === undefined) return NOBODY;
    const first = held[0];
    if (held.length === 1 && first !== undefined && first.untilMs > nowMs) return held;
    const live = held.filter(({ untilMs }) => untilMs > nowMs);
    if (live.length === 0) this.#byName.delete(name);
    else if (live.length < held.length) this.#byName.set(name, live);
    return live;
  }

  of(name: string, token: string, nowMs: number): Holder | undefined {
    return this.live(name, nowMs).find((holder) => holder.token === token);
  }

  /** For how long others keep the token out; 0: it may hold the name. */
  keptOutMs(name: string, token: string, holders: number, nowMs: number): number {
    const live = this.live(name, nowMs);
    let others = 0;
    let isAlone = holders === 1;
    let leftMs = Infinity;
    for (const holder of live) {
      if (holder.token === token) continue;
      others += 1;
      isAlone ||= holder.holders === 1;
      leftMs = Math.min(leftMs, holder.untilMs - nowMs);
    }
    return others === 0 || (!isAlone && others < holders) ? 0 : leftMs;
  }

  put(name: string, holder: Holder, nowMs: number): void {
    const others = this.live(name, nowMs).filter(({ token }) => token !== holder.token);
    others.push(holder);
    this.#byName.set(name, others);
    if (this.#byName.size >= this.#sweepAt) this.#sweep(nowMs);
  }

  /** Whether it was held by the token. */
  remove(name: string, token: string, nowMs: number): boolean {
    const live = this.live(name, nowMs);
    const others = live.filter((holder) => holder.token !== token);
    if (others.length === live.length) return false;
    if (others.length === 0) this.#byName.delete(name);
    else this.#byName.set(name, others);
    return true;
  }

  clear(): void {
    this.#byName.clear();
  }

  #sweep(nowMs: number): void {
    for (const name of [...this.#byName.keys()]) this.live(name, nowMs);
    this.#sweepAt = Math.max(FIRST_SWEEP_AT, this.#byName.size * 2);
  }
}

const NOBODY: readonly Holder[] = Object.freeze([]);
