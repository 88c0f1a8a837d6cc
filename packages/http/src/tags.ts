import { MAX_TAG_LENGTH, MAX_TAGS } from './limits.ts';
import { distinctTexts } from './option-checks.ts';

/** Whether a cache takes the text as a tag. */
export const isTag = (text: string): boolean =>
  text !== '' && text.length <= MAX_TAG_LENGTH && text.isWellFormed();

/**
 * The tags of an option, or those that its function gave.
 *
 * @throws CacheError ERR_HTTP_OPTION for anything but an array of tags.
 */
export const readTags = (name: string, value: unknown): readonly string[] =>
  distinctTexts(name, value, {
    expected: `an array of strings of 1 to ${MAX_TAG_LENGTH} characters such as ['albums']`,
    most: MAX_TAGS,
    isText: isTag,
  });
