import type { Cache } from '@keepsake/core';

/**
 * One run of a handler, and what it read through the cache: from its call until its response is over, for a
 * body that streams reads as it goes.
 */
export class TrackedRun {
  readonly #cache: Cache;
  #tags: Promise<readonly string[]> = Promise.resolve([]);
  #end: () => void = () => undefined;

  constructor(cache: Cache) {
    this.#cache = cache;
  }

  /** Settles as the handler does. */
  run<T>(handler: () => T | Promise<T>): Promise<T> {
    const over = new Promise<void>((resolve) => (this.#end = resolve));
    return new Promise<T>((resolve, reject) => {
      const tracked = this.#cache.track(async () => {
        try {
          resolve(await handler());
        } catch (error) {
          reject(error); // whatever it is, it is passed on
          return;
        }
        await over;
      });
      this.#tags = tracked.then(({ tags }) => tags);
      this.#tags.catch(reject);
    });
  }

  /** The response is over: what was read for it, as tags. */
  dependencies(): Promise<readonly string[]> {
    this.#end();
    return this.#tags;
  }
}
