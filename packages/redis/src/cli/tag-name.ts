/** A tag as it was given to the cache, and the namespaces that it belongs to. */
export interface TagName {
  readonly namespace: string;
  readonly tag: string;
}

const ESCAPES: Readonly<Record<string, string>> = { '%25': '%', '%3A': ':', '%7B': '{', '%7D': '}' };

/** A record's name holds both, the tag escaped as one segment of a key; the tag of a key (`#key`) is as it is. */
export const readTagName = (name: string): TagName => {
  if (name.startsWith('#')) return { namespace: '', tag: name };
  const colon = name.lastIndexOf(':');
  const tag = name.slice(colon + 1).replace(/%(?:25|3A|7B|7D)/g, (escape) => ESCAPES[escape] ?? escape);
  return { namespace: name.slice(0, Math.max(0, colon)), tag };
};

/** A glob for tags as a glob for the names of their records. */
export const tagPattern = (pattern: string): string =>
  pattern.replace(/[%:{}]/g, (character) => encodeURIComponent(character));
