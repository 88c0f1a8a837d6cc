import type { EngineParts } from './engine-parts.ts';
import type { Exchange, ResponseHead } from './exchange.ts';
import { responseInfo } from './response-info.ts';
import { groupTags } from './rules/cache-groups.ts';

/**
 * What a response is to be found by: the application's own tags, and those of its cache groups. Undefined where
 * the application's function throws or gives no tags: then nothing is stored.
 */
export const tagsOfResponse = (
  { options, onError }: Pick<EngineParts, 'options' | 'onError'>,
  exchange: Exchange,
  head: ResponseHead,
): readonly string[] | undefined => {
  const { target } = exchange.request;
  try {
    const own = exchange.tagsOf(responseInfo(head), onError);
    return target ? [...own, ...groupTags(options.origin ?? target, head.fields, 'cache-groups')] : own;
  } catch (error) {
    onError(error);
    return undefined;
  }
};
