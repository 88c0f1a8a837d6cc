import type { Exchange, RequestView } from './exchange.ts';
import type { HttpCacheOptions } from './options.ts';

/** A request in the engine's shape, with what the options say about it in the framework's. */
export const bindExchange = <Req>(
  options: HttpCacheOptions<Req>,
  raw: Req,
  request: RequestView,
): Exchange => ({
  request,
  isBypassed: () => options.bypass?.(raw) ?? false,
  tagsOf: (response) => {
    const { tags = [] } = options;
    return typeof tags === 'function' ? tags(raw, response) : tags;
  },
});
