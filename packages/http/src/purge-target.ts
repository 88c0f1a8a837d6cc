import type { PurgeTarget } from './handle.ts';
import { isObject, refusal, refuseUnknownNames } from './option-checks.ts';
import { isGroupName, MAX_GROUP_LENGTH } from './rules/cache-groups.ts';
import { isTag } from './tags.ts';

const EXPECTED = "{ url: 'https://photos.example/albums' }, { tag: 'albums' } or { group: 'albums' }";
const NAMES = ['url', 'tag', 'group'];

/** @throws CacheError ERR_HTTP_OPTION for what names not exactly one of URL, tag and group. */
export const readPurgeTarget = (target: unknown): PurgeTarget => {
  if (!isObject(target)) throw refusal('purge', EXPECTED, target);
  refuseUnknownNames('purge', target, NAMES);
  const { url, tag, group } = target;
  if (NAMES.filter((name) => target[name] !== undefined).length !== 1) {
    throw refusal('purge', EXPECTED, target);
  }
  if (url !== undefined) {
    if (typeof url !== 'string') throw refusal('purge url', 'a string', url);
    return { url };
  }
  if (group !== undefined) {
    if (typeof group === 'string' && isGroupName(group)) return { group };
    throw refusal('purge group', `a string of 1 to ${MAX_GROUP_LENGTH} characters`, group);
  }
  if (typeof tag !== 'string' || !isTag(tag)) throw refusal('purge tag', "a string such as 'albums'", tag);
  return { tag };
};
