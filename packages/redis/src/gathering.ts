/**
 * Gathers what is asked for in the same tick, so that it goes to the server as few commands (see the ADR on writes of a
 * tick). A caller that is alone waits for nobody: what it asks for leaves at the end of the tick. Two requests for one
 * key never go together, and leave in the order in which they were made.
 */
import { MAX_IN_FLIGHT } from './connection.ts';
import { RedisFailure } from './failure.ts';

/** Requests that go as one command: a script of so many keeps others from the server for some 0.2 ms. */
export const MAX_TOGETHER = 50;
/** Bytes of one command beyond which nothing more is added to it. */
const MAX_BYTES = 262_144;

export interface GatheringOptions<T, R> {
  readonly operation: string;
  /** Whether there may be several in a command. */
  readonly isTogether: boolean;
  readonly keyOf: (request: T) => string;
  readonly bytesOf: (request: T) => number;
  /** Only requests of one kind go together. */
  readonly kindOf: (request: T) => string;
  /** One answer or failure a request, in order. Where it rejects all have failed. */
  readonly send: (requests: readonly T[]) => Promise<readonly (R | Error)[]>;
}

interface Waiting<T, R> {
  readonly request: T;
  readonly resolve: (answer: R) => void;
  readonly reject: (error: unknown) => void;
}

interface Open<T, R> {
  readonly items: Waiting<T, R>[];
  bytes: number;
}

export class Gathering<T, R> {
  readonly #options: GatheringOptions<T, R>;
  #waiting: Waiting<T, R>[] = [];
  #underWay = 0;

  constructor(options: GatheringOptions<T, R>) {
    this.#options = options;
  }

  /** Rejects with a RedisFailure: refused beyond MAX_IN_FLIGHT, or as `send` says. */
  ask(request: T): Promise<R> {
    if (this.#underWay >= MAX_IN_FLIGHT) {
      const message = `redis ${this.#options.operation}: ${MAX_IN_FLIGHT} calls are under way already`;
      return Promise.reject(new RedisFailure('ERR_UNAVAILABLE', message));
    }
    this.#underWay += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      if (this.#waiting.length === 1) process.nextTick(() => this.#sendGathered());
    });
  }

  #sendGathered(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const batch of this.#batchesOf(waiting)) void this.#settle(batch);
  }

  /** In the order in which they must leave. */
  #batchesOf(waiting: readonly Waiting<T, R>[]): (readonly Waiting<T, R>[])[] {
    const { isTogether, keyOf, bytesOf, kindOf } = this.#options;
    if (!isTogether || waiting.length === 1) return waiting.map((one) => [one]);
    const batches: (readonly Waiting<T, R>[])[] = [];
    const open = new Map<string, Open<T, R>>();
    const keys = new Set<string>();
    for (const one of waiting) {
      const [key, kind, bytes] = [keyOf(one.request), kindOf(one.request), bytesOf(one.request)];
      if (keys.has(key)) {
        // What was asked for before about the key leaves before this.
        open.clear();
        keys.clear();
      }
      keys.add(key);
      let batch = open.get(kind);
      if (!batch || batch.items.length >= MAX_TOGETHER || batch.bytes + bytes > MAX_BYTES) {
        open.set(kind, (batch = { items: [], bytes: 0 }));
        batches.push(batch.items);
      }
      batch.items.push(one);
      batch.bytes += bytes;
    }
    return batches;
  }

  /** Never rejects: each caller gets its answer, or the failure. */
  async #settle(batch: readonly Waiting<T, R>[]): Promise<void> {
    try {
      const answers = await this.#options.send(batch.map(({ request }) => request));
      batch.forEach(({ resolve, reject }, i) => {
        const answer =
          answers[i] ?? new RedisFailure('ERR_UNAVAILABLE', `redis ${this.#options.operation}: no answer`);
        if (answer instanceof Error) reject(answer);
        else resolve(answer);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.#underWay -= batch.length;
    }
  }
}
