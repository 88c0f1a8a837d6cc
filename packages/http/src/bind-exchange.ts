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
): Exchange => ({
  request,
  canRefresh,
  isBypassed: () => isInside(raw, options.cache) || (options.bypass?.(raw) ?? false),
  enter: () => enter(raw, options.cache),
  tagsOf: (response) => tagsOf(options, raw, response),
});

const tagsOf = <Req extends object>(
  options: HttpCacheOptions<Req>,
  raw: Req,
  response: ResponseInfo,
): readonly string[] => {
  const { tags = [] } = options;
  if (typeof tags !== 'function') return readTags('tags', tags);
  const given: unknown = tags(raw, response);
  // No array, so it is refused below; but what it may reject with must not end the process.
  if (given instanceof Promise) given.catch((error: unknown) => options.onError?.(error));
  return readTags('tags: what the function returned', given);
};
