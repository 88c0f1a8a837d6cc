import type { Session } from './session.ts';

/** How many keys are asked for their memory; it costs the server more than the look at their names. */
const MAX_WEIGHED = 500;

export interface Group {
  readonly name: string;
  /** Seen in the sample. */
  readonly keys: number;
  /** Mean bytes of those that were weighed; undefined: none was, or the server does not say. */
  readonly meanBytes: number | undefined;
}

export interface Sample {
  /** Keys of the whole database. */
  readonly databaseKeys: number;
  readonly looked: number;
  /** Whether all keys were looked at. */
  readonly isWhole: boolean;
  readonly families: readonly Group[];
  /** Tags, leases and locks. */
  readonly helpers: readonly Group[];
  /** Raw integers, as `increment` makes them, among the keys that were weighed. */
  readonly counters: number;
  /** Keys that are not of this prefix or namespace. */
  readonly others: number;
}

const HELPERS: readonly (readonly [start: string, name: string])[] = [
  ['~t:', 'tags'],
  ['~f:', 'fills under way'],
  ['~n:', 'counter of invalidations'],
  ['~l:', 'locks'],
];

/** Looks at the first keys that SCAN gives: it walks the table of hashes, so they are as good as drawn. */
export const takeSample = async (session: Session, wanted: number): Promise<Sample> => {
  const databaseKeys = await session.databaseKeys();
  const groups = new Map<string, { isHelper: boolean; names: string[]; keys: number }>();
  let looked = 0;
  let others = 0;
  let isWhole = true;
  for await (const page of session.scan('*')) {
    for (const name of page) {
      looked += 1;
      const place = placeOf(session, name);
      if (place === undefined) {
        others += 1;
        continue;
      }
      const id = `${place.isHelper ? '~' : '='}${place.name}`;
      const group = groups.get(id) ?? { isHelper: place.isHelper, names: [], keys: 0 };
      groups.set(id, group);
      group.keys += 1;
      if (group.names.length < MAX_WEIGHED) group.names.push(name);
    }
    if (looked >= wanted) {
      isWhole = looked >= databaseKeys;
      break;
    }
  }
  const share = Math.max(1, Math.floor(MAX_WEIGHED / Math.max(1, groups.size)));
  const weighed = await Promise.all(
    [...groups].map(async ([id, { isHelper, names, keys }]) => ({
      isHelper,
      group: { name: id.slice(1), keys, meanBytes: await meanBytesOf(session, names.slice(0, share)) },
    })),
  );
  const values = [...groups.values()].flatMap(({ isHelper, names }) =>
    isHelper ? [] : names.slice(0, share),
  );
  const counters = await countersAmong(session, values);
  const sorted = (isHelper: boolean): Group[] =>
    weighed
      .flatMap((one) => (one.isHelper === isHelper ? [one.group] : []))
      .sort((a, b) => b.keys - a.keys || (a.name < b.name ? -1 : 1));
  return { databaseKeys, looked, isWhole, families: sorted(false), helpers: sorted(true), counters, others };
};

/** The family of a value, the kind of a helper; undefined for what is not ours or of another namespace. */
const placeOf = (
  { keySpace, namespacePrefix }: Session,
  redisKey: string,
): { isHelper: boolean; name: string } | undefined => {
  if (!redisKey.startsWith(keySpace.prefix)) return undefined;
  const key = keySpace.keyOf(redisKey);
  if (key === undefined) {
    const rest = redisKey.slice(keySpace.prefix.length);
    const kind = HELPERS.find(([start]) => rest.startsWith(start))?.[1] ?? 'other helpers';
    return namespacePrefix === '' ? { isHelper: true, name: kind } : undefined;
  }
  if (!key.startsWith(namespacePrefix)) return undefined;
  const name = key.slice(namespacePrefix.length);
  const colon = name.indexOf(':');
  return { isHelper: false, name: colon < 0 ? '(no family)' : name.slice(0, colon) };
};

const meanBytesOf = async (session: Session, names: readonly string[]): Promise<number | undefined> => {
  const replies = await Promise.all(names.map((name) => session.tryCall('MEMORY', 'USAGE', name)));
  // A key that ended meanwhile has none.
  const sizes = replies.filter((reply) => typeof reply === 'number');
  return sizes.length === 0 ? undefined : sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
};

/** Redis keeps an integer in an encoding of its own. */
const countersAmong = async (session: Session, names: readonly string[]): Promise<number> => {
  const encodings = await Promise.all(names.map((name) => session.tryCall('OBJECT', 'ENCODING', name)));
  return encodings.filter((encoding) => String(encoding) === 'int').length;
};
