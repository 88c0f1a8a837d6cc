import { AsyncLocalStorage } from 'node:async_hooks';

/** What one request cost. */
export interface RequestCosts {
  queries: number;
  hits: number;
  misses: number;
}

/** Counts database queries and cache reads of the request in whose async context they happen. */
export class RequestMeter {
  readonly #storage = new AsyncLocalStorage<RequestCosts>();
  #totalQueries = 0;

  /** Queries of this process, background work included. */
  get totalQueries(): number {
    return this.#totalQueries;
  }

  run<T>(costs: RequestCosts, work: () => T): T {
    return this.#storage.run(costs, work);
  }

  countQuery(): void {
    this.#totalQueries += 1;
    const costs = this.#storage.getStore();
    if (costs !== undefined) costs.queries += 1;
  }

  countHit(): void {
    const costs = this.#storage.getStore();
    if (costs !== undefined) costs.hits += 1;
  }

  countMiss(): void {
    const costs = this.#storage.getStore();
    if (costs !== undefined) costs.misses += 1;
  }
}
