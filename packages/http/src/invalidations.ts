import { isSameOrigin, type RequestTarget, resolveReference } from './request-target.ts';
import { type FieldLines, valuesOf } from './rules/fields.ts';

/**
 * RFC 9111 4.4: what a write invalidates: its own URL, and those of Location and Content-Location where
 * they are of the same origin; another origin's would be a way to empty its cache.
 */
export const affectedTargets = (target: RequestTarget, response: FieldLines): RequestTarget[] => {
  const references = [...valuesOf(response, 'location'), ...valuesOf(response, 'content-location')];
  const named = references.map((reference) => resolveReference(target, reference));
  return [target, ...named.filter((other) => other !== undefined && isSameOrigin(target, other))].filter(
    (each) => each !== undefined,
  );
};

/** More removals than this at once are not waited for one by one. */
const MAX_TRACKED = 10_000;

/** Removals under way, so that the next read of the URL in this process waits for them. */
export class PendingRemovals {
  readonly #byUrl = new Map<string, Promise<unknown>>();
  #ofAll: Promise<unknown> | undefined;

  get size(): number {
    return this.#byUrl.size;
  }

  /** `removal` never rejects. */
  track(url: string, removal: Promise<unknown>): void {
    if (this.#byUrl.size >= MAX_TRACKED) return;
    const tracked: Promise<unknown> = removal.finally(() => {
      if (this.#byUrl.get(url) === tracked) this.#byUrl.delete(url);
    });
    this.#byUrl.set(url, tracked);
  }

  /** A removal that may concern any URL. */
  trackAll(removal: Promise<unknown>): void {
    const all: Promise<unknown> = Promise.all([this.#ofAll, removal]).finally(() => {
      if (this.#ofAll === all) this.#ofAll = undefined;
    });
    this.#ofAll = all;
  }

  of(url: string): Promise<unknown> | undefined {
    const one = this.#byUrl.get(url);
    return one && this.#ofAll ? Promise.all([one, this.#ofAll]) : (one ?? this.#ofAll);
  }
}
