/** RFC 9110 8.8.3: an opaque string in quotes, `W/` before it where it is weak. */
const ENTITY_TAG = /^(W\/)?"[\x21\x23-\x7e\x80-\uffff]*"$/;
const LIST_MEMBER = /^[ \t,]*((?:W\/)?"[\x21\x23-\x7e\x80-\uffff]*")[ \t]*(?=,|$)/;

export const isEntityTag = (text: string): boolean => ENTITY_TAG.test(text);

/** RFC 9110 8.8.3: one that changes with every byte. */
export const isStrong = (text: string): boolean => isEntityTag(text) && !text.startsWith('W/');

/** RFC 9110 8.8.3.2: weak comparison ignores which of the two is weak. */
export const weaklyEqual = (a: string, b: string): boolean => a.replace(/^W\//, '') === b.replace(/^W\//, '');

/** The members of an If-None-Match list; `'*'` as it is. Reading stops at what is no entity tag. */
export const parseEntityTags = (text: string): readonly string[] | '*' => {
  if (text.trim() === '*') return '*';
  const tags: string[] = [];
  let rest = text;
  for (let match = LIST_MEMBER.exec(rest); match; match = LIST_MEMBER.exec(rest)) {
    tags.push(match[1] ?? '');
    rest = rest.slice(match[0].length);
  }
  return tags;
};
