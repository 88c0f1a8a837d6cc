import type { AccessSampler } from './access-sampler.ts';
import { enlarged } from './slot-rings.ts';

/**
 * Tells a sampler of the reads that it wants to see. Whether a key is sampled is kept in a byte of its slot, so
 * that a hit on a key that is not costs no hash; the threshold may have fallen since, but not risen.
 */
export class SampledReads {
  readonly #sampler: AccessSampler;
  #isSampled = new Uint8Array(0);

  constructor(sampler: AccessSampler) {
    this.#sampler = sampler;
  }

  grow(capacity: number): void {
    this.#isSampled = enlarged(this.#isSampled, capacity);
  }

  /** A new entry: the access that missed it. */
  insert(slot: number, hash: number, bytes: number): void {
    this.#isSampled[slot] = this.#tell(hash, bytes) ? 1 : 0;
  }

  isSampled(slot: number): boolean {
    return this.#isSampled[slot] === 1;
  }

  /** A hit of a slot that is sampled. */
  hit(slot: number, hash: number, bytes: number): void {
    if (!this.#tell(hash, bytes)) this.#isSampled[slot] = 0;
  }

  #tell(hash: number, bytes: number): boolean {
    const isSampled = hash < this.#sampler.threshold;
    if (isSampled) this.#sampler.access(hash, bytes);
    return isSampled;
  }
}
