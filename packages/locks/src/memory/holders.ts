export interface Holder {
  readonly token: string;
  readonly fence: number;
  readonly untilMs: number;
  /** How many it shares the name with, itself included. */
  readonly holders: number;
}

interface Slot {
  held: readonly Holder[];
}

/** Names that nobody holds any more are swept when there may be this many, and at each doubling. */
const FIRST_SWEEP_AT = 1_024;

/**
 * Who holds which name, and until when. A name that was freed keeps its slot until the next sweep: most are asked for again,
 * and a map whose keys come and go is slow.
 */
export class Holders {
  readonly #slots = new Map<string, Slot>();
  #sweepAt = FIRST_SWEEP_AT;

  /** Names with holders, lapsed ones that are not swept yet included. */
  get size(): number {
    let size = 0;
    for (const { held } of this.#slots.values()) if (held.length > 0) size += 1;
    return size;
  }

  /** Names in memory, those that nobody holds any more included. */
  get names(): number {
    return this.#slots.size;
  }

  /** Those whose time is not over. */
  live(name: string, nowMs: number): readonly Holder[] {
    const slot = this.#slots.get(name);
    if (slot === undefined) return NOBODY;
    const { held } = slot;
    for (const { untilMs } of held) {
      if (untilMs <= nowMs) return (slot.held = held.filter((holder) => holder.untilMs > nowMs));
    }
    return held;
  }

  of(name: string, token: string, nowMs: number): Holder | undefined {
    for (const holder of this.live(name, nowMs)) if (holder.token === token) return holder;
    return undefined;
  }

  /** For how long others keep the token out; 0: it may hold the name. */
  keptOutMs(name: string, token: string, holders: number, nowMs: number): number {
    const live = this.live(name, nowMs);
    if (live.length === 0) return 0;
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
    const slot = this.#slots.get(name);
    if (slot === undefined) {
      this.#slots.set(name, { held: [holder] });
      if (this.#slots.size >= this.#sweepAt) this.#sweep(nowMs);
      return;
    }
    const live = this.live(name, nowMs);
    slot.held =
      live.length === 0 ? [holder] : [...live.filter(({ token }) => token !== holder.token), holder];
  }

  /** Whether it was held by the token. */
  remove(name: string, token: string, nowMs: number): boolean {
    const slot = this.#slots.get(name);
    if (slot === undefined || this.of(name, token, nowMs) === undefined) return false;
    slot.held = slot.held.length === 1 ? NOBODY : slot.held.filter((holder) => holder.token !== token);
    return true;
  }

  clear(): void {
    this.#slots.clear();
  }

  #sweep(nowMs: number): void {
    for (const name of [...this.#slots.keys()]) {
      if (this.live(name, nowMs).length === 0) this.#slots.delete(name);
    }
    this.#sweepAt = Math.max(FIRST_SWEEP_AT, this.#slots.size * 2);
  }
}

const NOBODY: readonly Holder[] = Object.freeze([]);
