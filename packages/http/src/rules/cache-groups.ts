import { parseList } from 'structured-headers';
import { combinedValue, type FieldLines } from './fields.ts';

/** RFC 9875 2: at least 32 groups of 32 characters are to be taken; an entry has room for no more of them. */
export const MAX_GROUPS = 32;
export const MAX_GROUP_LENGTH = 128;

type Origin = { readonly scheme: string; readonly authority: string };

/**
 * RFC 9875 2 and 3: the groups that a response belongs to, or that it invalidates, as tags. Groups are those of
 * one origin. A field that is no list of strings is as one that is not there.
 */
export const groupTags = (
  origin: Origin,
  fields: FieldLines,
  name: 'cache-groups' | 'cache-group-invalidation',
): readonly string[] =>
  groupNames(combinedValue(fields, name)).map((group) => groupTag(originText(origin), group));

export const groupNames = (value: string | undefined): readonly string[] => {
  if (value === undefined) return [];
  try {
    const names = parseList(value).map(([item]) => item);
    // RFC 9875 2.1: a member of another type is ignored.
    const groups = names.filter((item) => typeof item === 'string' && isGroupName(item)) as string[];
    return [...new Set(groups)].slice(0, MAX_GROUPS);
  } catch {
    // No structured field, so it says nothing.
    return [];
  }
};

export const isGroupName = (name: string): boolean => name !== '' && name.length <= MAX_GROUP_LENGTH;

export const groupTag = (origin: string, name: string): string => `group:${origin} ${name}`;

/** The origin whose groups are among the tags. */
export const originOfGroups = (tags: readonly string[]): string | undefined =>
  tags
    .find((tag) => tag.startsWith('group:'))
    ?.slice('group:'.length)
    .split(' ', 1)[0];

export const originText = ({ scheme, authority }: Origin): string => `${scheme}://${authority}`;
