import type { PurgeTarget } from './handle.ts';
import { isObject, refusal, refuseUnknownNames } from './option-checks.ts';
import { isTag } from './tags.ts';

const EXPECTED = "{ url: 'https://photos.example/albums' } or { tag: 'albums' }";

/** @throws CacheError ERR_HTTP_OPTION for what names neither a URL nor a tag, or both. */
export const readPurgeTarget = (target: unknown): PurgeTarget => {
  if (!isObject(target)) throw refusal('purge', EXPECTED, target);
  refuseUnknownNames('purge', target, ['url', 'tag']);
  const { url, tag } = target;
  if ((url === undefined) === (tag === undefined)) throw refusal('purge', EXPECTED, target);
  if (tag === undefined) {
    if (typeof url !== 'string') throw refusal('purge url', 'a string', url);
    return { url };
  }
  if (typeof tag !== 'string' || !isTag(tag)) throw refusal('purge tag', "a string such as 'albums'", tag);
  return { tag };
};
