import type { Exchange, RequestView } from './exchange.ts';
import { enter, isInside } from './inside.ts';
import type { HttpCacheOptions, ResponseInfo } from './options.ts';
import { readTags } from './tags.ts';

/** A request in the engine's shape, with what the options say about it in the framework's. */
export const bindExchange = <Req extends object>(
  options: HttpCacheOptions<Req>,
  raw: Req,
  request: RequestView,
  canRefresh: () => boolean,
): Exchange => new BoundExchange(options, raw, request, canRefresh);

/** A class, for each request has one, and no hit needs more of it than two fields. */
class BoundExchange<Req extends object> implements Exchange {
  readonly request: RequestView;
  readonly canRefresh: () => boolean;
  readonly #options: HttpCacheOptions<Req>;
  readonly #raw: Req;

  constructor(options: HttpCacheOptions<Req>, raw: Req, request: RequestView, canRefresh: () => boolean) {
    this.request = request;
    this.canRefresh = canRefresh;
    this.#options = options;
    this.#raw = raw;
  }

  isBypassed(): boolean {
    const { cache, bypass } = this.#options;
    return isInside(this.#raw, cache) || (bypass?.(this.#raw) ?? false);
  }

  enter(): void {
    enter(this.#raw, this.#options.cache);
  }

  tagsOf(response: ResponseInfo, onError: (error: unknown) => void): readonly string[] {
    const { tags = [] } = this.#options;
    if (typeof tags !== 'function') return readTags('tags', tags);
    const given: unknown = tags(this.#raw, response);
    // No array, so it is refused below; but what it may reject with must not end the process.
    if (given instanceof Promise) given.catch(onError);
    return readTags('tags: what the function returned', given);
  }
}
