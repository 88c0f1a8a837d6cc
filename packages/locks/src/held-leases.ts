import type { HeldLease } from './held-lease.ts';

/**
 * The leases of one `Locks`. An array in which each lease knows its index: a Set into which millions come and go keeps
 * its old tables, and with them the leases, until the next full collection.
 */
export class HeldLeases {
  readonly #leases: HeldLease[] = [];

  add(lease: HeldLease): void {
    lease.index = this.#leases.length;
    this.#leases.push(lease);
  }

  /** The last one takes its place. */
  remove(lease: HeldLease): void {
    if (lease.index < 0) return;
    const last = this.#leases.pop();
    if (last !== undefined && last !== lease) {
      this.#leases[lease.index] = last;
      last.index = lease.index;
    }
    lease.index = -1;
  }

  all(): readonly HeldLease[] {
    return [...this.#leases];
  }
}
