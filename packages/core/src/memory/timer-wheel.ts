/**
 * Finds what has expired without looking at what has not.
 *
 * Idea: a hierarchical timing wheel (Varghese and Lauck, SOSP 1987). Four wheels of 64 buckets, of 1 s, 65 s,
 * 70 min and 3 days a bucket; a slot lies in the bucket of its time on the finest wheel that reaches that far.
 * When a bucket comes due, those of its slots whose time has come are given out, the others are laid into a
 * finer wheel. A slot that is put off stays where it lies until then, and so does one that the store has given
 * to another key meanwhile: most writes of a cache touch no list. Schedule and cancel are O(1), and a slot
 * moves at most three times without being put off. Buckets are rings, which are allocated with the first
 * schedule.
 */
import { enlarged, SlotRings } from './slot-rings.ts';

const BUCKETS = 64;
/** The milliseconds of a bucket, by level. */
const SPANS: readonly number[] = [2 ** 10, 2 ** 16, 2 ** 22, 2 ** 28];
/** The last ring: what is due. Bucket b of level l is ring l * 64 + b + 1. */
const DUE = SPANS.length * BUCKETS + 1;

export class TimerWheel {
  /** None of the buckets that were filled since the last `nextLook` comes due before this. */
  soonest: number = Infinity;
  readonly #rings = new SlotRings(DUE);
  /** The time of a slot; Infinity where it lies in no bucket. */
  #at = new Float64Array(0);
  #now: number;
  #scheduled = 0;
  /** The bucket that was filled last, and the times that belong there: nearly always the next one, too. */
  #head = 0;
  #headFrom = Infinity;
  #headUntil = Infinity;

  constructor(now: number) {
    this.#now = now;
  }

  /** How many slots lie in buckets. */
  get scheduled(): number {
    return this.#scheduled;
  }

  /** Room for slots below `capacity`. */
  grow(capacity: number): void {
    this.#at = enlarged(this.#at, capacity).fill(Infinity, this.#at.length);
    if (this.#scheduled > 0) this.#rings.grow(capacity);
  }

  /** The time of a slot; Infinity where it has none. */
  timeOf(slot: number): number {
    return this.#at[slot] as number;
  }

  schedule(slot: number, at: number): void {
    if (this.#scheduled === 0) this.#rings.grow(this.#at.length);
    const known = this.#at[slot] as number;
    this.#at[slot] = at;
    const node = this.#rings.first + slot;
    if (known === Infinity) this.#scheduled += 1;
    else if (at >= known) return;
    else this.#rings.remove(node);
    this.#link(node, at);
  }

  cancel(slot: number): void {
    if (this.timeOf(slot) === Infinity) return;
    this.#rings.remove(this.#rings.first + slot);
    this.#at[slot] = Infinity;
    this.#scheduled -= 1;
  }

  /** Takes note of the time: a fine bucket is due when it has ended, a coarse one when it begins. */
  advance(now: number): void {
    const previous = this.#now;
    this.#now = now;
    this.#headFrom = Infinity;
    for (const [level, span] of SPANS.entries()) {
      const from = Math.floor(previous / span);
      const to = Math.floor(now / span);
      if (from === to) return;
      for (let tick = Math.max(from, to - BUCKETS); tick < to; tick += 1) {
        this.#rings.append(headOf(level, level > 0 ? tick + 1 : tick), DUE);
      }
    }
  }

  /** One slot whose time has come, taken off; -1 where none is due. */
  takeExpired(): number {
    for (let node = this.#rings.next(DUE); node !== DUE; node = this.#rings.next(DUE)) {
      this.#rings.remove(node);
      const slot = node - this.#rings.first;
      const at = this.#at[slot] as number;
      if (at <= this.#now) {
        this.#at[slot] = Infinity;
        this.#scheduled -= 1;
        return slot;
      }
      this.#link(node, at);
    }
    return -1;
  }

  /** When to look again; Infinity where nothing is scheduled. */
  nextLook(): number {
    this.soonest = Infinity;
    if (this.#rings.next(DUE) !== DUE) return this.#now;
    let next = Infinity;
    for (const [level, span] of SPANS.entries()) {
      const current = Math.floor(this.#now / span);
      for (let tick = current; tick < current + BUCKETS; tick += 1) {
        const head = headOf(level, tick);
        if (this.#rings.next(head) === head) continue;
        next = Math.min(next, dueAt(level, tick));
        break;
      }
    }
    return next;
  }

  clear(): void {
    this.#rings.clear();
    this.#at.fill(Infinity);
    this.#scheduled = 0;
    this.soonest = Infinity;
    this.#headFrom = Infinity;
  }

  #link(node: number, at: number): void {
    if (!(at >= this.#headFrom && at < this.#headUntil)) this.#chooseHead(at);
    this.#rings.push(node, this.#head);
  }

  /** The bucket for a time: on the finest wheel whose round reaches it, else the last of the coarsest. */
  #chooseHead(at: number): void {
    for (const [level, span] of SPANS.entries()) {
      const current = Math.floor(this.#now / span);
      let tick = Math.max(current, Math.floor(at / span));
      if (tick >= current + BUCKETS) {
        if (level < SPANS.length - 1) continue;
        tick = current + BUCKETS - 1;
      }
      this.#head = headOf(level, tick);
      this.#headFrom = tick * span;
      this.#headUntil = this.#headFrom + span;
      this.soonest = Math.min(this.soonest, dueAt(level, tick));
      return;
    }
  }
}

const headOf = (level: number, tick: number): number => level * BUCKETS + (tick & (BUCKETS - 1)) + 1;

const dueAt = (level: number, tick: number): number =>
  (level > 0 ? tick : tick + 1) * (SPANS[level] as number);
