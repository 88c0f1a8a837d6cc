/**
 * Finds what has expired without looking at what has not.
 *
 * Idea: a hierarchical timing wheel (Varghese and Lauck, SOSP 1987). Four wheels of 64 buckets, of 1 s, 65 s,
 * 70 min and 3 days a bucket; a slot lies in the bucket of its time on the finest wheel that reaches that far.
 * When time passes a bucket, its slots become due: those whose time has come are given out, the others are
 * laid into a finer wheel. Schedule and cancel are O(1), a slot moves at most three times. Buckets are
 * circular lists over index arrays; the first 257 indexes are the lists' own heads.
 */
import { enlarged } from './eviction/slot-queue.ts';

const LEVELS = 4;
const BUCKETS = 64;
/** log2 of the milliseconds of a bucket, by level. */
const SHIFTS = [10, 16, 22, 28] as const;
const DUE = LEVELS * BUCKETS;
const HEADS = DUE + 1;

export class TimerWheel {
  #after: Int32Array;
  #before: Int32Array;
  #at: Float64Array;
  #now: number;
  #scheduled = 0;

  constructor(now: number) {
    this.#now = now;
    this.#after = new Int32Array(HEADS);
    this.#before = new Int32Array(HEADS);
    this.#at = new Float64Array(0);
    this.clear();
  }

  /** How many slots are scheduled. */
  get scheduled(): number {
    return this.#scheduled;
  }

  grow(capacity: number): void {
    this.#after = enlarged(this.#after, HEADS + capacity);
    this.#before = enlarged(this.#before, HEADS + capacity);
    this.#at = enlarged(this.#at, capacity);
  }

  /** The time of a slot; 0 where it is not scheduled. */
  timeOf(slot: number): number {
    return this.#at[slot] as number;
  }

  schedule(slot: number, at: number): void {
    const known = this.#at[slot] as number;
    this.#at[slot] = at;
    // A slot that is put off stays where it lies: when that bucket comes due it is laid into the right one.
    if (known !== 0 && at >= known) return;
    if (known !== 0) this.#unlink(slot);
    else this.#scheduled += 1;
    this.#link(slot, this.#headFor(at));
  }

  cancel(slot: number): void {
    if (this.#at[slot] === 0) return;
    this.#unlink(slot);
    this.#at[slot] = 0;
    this.#scheduled -= 1;
  }

  /** Takes note of the time: what lies in buckets that have passed becomes due. O(buckets passed). */
  advance(now: number): void {
    const previous = this.#now;
    this.#now = now;
    for (let level = 0; level < LEVELS; level += 1) {
      const span = 2 ** (SHIFTS[level] as number);
      const from = Math.floor(previous / span);
      const to = Math.floor(now / span);
      if (from === to) break;
      const first = to - from >= BUCKETS ? to - BUCKETS + 1 : from;
      for (let tick = first; tick <= to; tick += 1) this.#makeDue(level * BUCKETS + (tick % BUCKETS));
    }
  }

  /** One slot whose time has come, taken off; -1 where none is due. */
  takeExpired(): number {
    for (let node = this.#after[DUE] as number; node !== DUE; node = this.#after[DUE] as number) {
      const slot = node - HEADS;
      const at = this.#at[slot] as number;
      if (at <= this.#now) {
        this.cancel(slot);
        return slot;
      }
      this.#unlink(slot);
      this.#link(slot, this.#headFor(at));
    }
    return -1;
  }

  /** When to look again; Infinity where nothing is scheduled. */
  nextLook(): number {
    if (this.#after[DUE] !== DUE) return this.#now;
    let next = Infinity;
    for (let level = 0; level < LEVELS; level += 1) {
      const span = 2 ** (SHIFTS[level] as number);
      const current = Math.floor(this.#now / span);
      for (let ahead = 0; ahead < BUCKETS; ahead += 1) {
        const head = level * BUCKETS + ((current + ahead) % BUCKETS);
        if (this.#after[head] === head) continue;
        // A coarse bucket is laid out when it begins, a fine one is due when it ends.
        next = Math.min(next, (current + (level > 0 && ahead > 0 ? ahead : ahead + 1)) * span);
        break;
      }
    }
    return next;
  }

  clear(): void {
    for (let head = 0; head < HEADS; head += 1) {
      this.#after[head] = head;
      this.#before[head] = head;
    }
    this.#at.fill(0);
    this.#scheduled = 0;
  }

  /** The bucket for a time: on the finest wheel whose round reaches it, else the last of the coarsest. */
  #headFor(at: number): number {
    const aheadMs = at - this.#now;
    for (let level = 0; level < LEVELS; level += 1) {
      const span = 2 ** (SHIFTS[level] as number);
      if (aheadMs < span * (BUCKETS - 1)) {
        const tick = Math.max(Math.floor(at / span), Math.floor(this.#now / span));
        return level * BUCKETS + (tick % BUCKETS);
      }
    }
    const span = 2 ** (SHIFTS[LEVELS - 1] as number);
    return (LEVELS - 1) * BUCKETS + ((Math.floor(this.#now / span) + BUCKETS - 1) % BUCKETS);
  }

  /** Moves a whole bucket to the end of the due list. */
  #makeDue(head: number): void {
    const first = this.#after[head] as number;
    if (first === head) return;
    const last = this.#before[head] as number;
    const tail = this.#before[DUE] as number;
    this.#after[tail] = first;
    this.#before[first] = tail;
    this.#after[last] = DUE;
    this.#before[DUE] = last;
    this.#after[head] = head;
    this.#before[head] = head;
  }

  #link(slot: number, head: number): void {
    const node = slot + HEADS;
    const last = this.#before[head] as number;
    this.#after[last] = node;
    this.#before[node] = last;
    this.#after[node] = head;
    this.#before[head] = node;
  }

  #unlink(slot: number): void {
    const node = slot + HEADS;
    const before = this.#before[node] as number;
    const after = this.#after[node] as number;
    this.#after[before] = after;
    this.#before[after] = before;
  }
}
