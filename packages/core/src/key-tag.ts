/** The tag of an entry's own key: what depends on the entry carries it, and a change of the entry raises it. */
export const KEY_TAG = '#';

export const keyTag = (fullKey: string): string => KEY_TAG + fullKey;
