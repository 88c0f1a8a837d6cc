import type { CacheStats } from '../stats.ts';

/** One number of a metric with the labels that tell it from the others. */
export interface Point {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric that is read from `cache.stats()`. */
export interface StatSeries {
  /** Below the prefix, with dots: `load.joined`. */
  readonly name: string;
  /** `counter` only rises; `sum` may fall and adds up over processes; `gauge` does not add up. */
  readonly kind: 'counter' | 'sum' | 'gauge';
  /** As UCUM writes it; in braces what is counted. */
  readonly unit: string;
  readonly help: string;
  /** The labels that its points have. */
  readonly labels: readonly string[];
  read(stats: CacheStats): readonly Point[];
}

const one = (value: number): readonly Point[] => [{ labels: {}, value }];

/** The metrics of every cache; OpenTelemetry and Prometheus name them after the same table. */
export const STAT_SERIES: readonly StatSeries[] = [
  {
    name: 'requests',
    kind: 'counter',
    unit: '{request}',
    help: 'Reads, by what they found: hit, stale, negative (a remembered absence) or miss.',
    labels: ['outcome'],
    read: ({ hits, stale, negative, misses }) => [
      { labels: { outcome: 'hit' }, value: hits - stale - negative },
      { labels: { outcome: 'stale' }, value: stale },
      { labels: { outcome: 'negative' }, value: negative },
      { labels: { outcome: 'miss' }, value: misses },
    ],
  },
  {
    name: 'tier.hits',
    kind: 'counter',
    unit: '{request}',
    help: 'Reads that a tier answered.',
    labels: ['tier'],
    read: ({ l1Hits, l2Hits }) => [
      { labels: { tier: 'l1' }, value: l1Hits },
      { labels: { tier: 'l2' }, value: l2Hits },
    ],
  },
  {
    name: 'sets',
    kind: 'counter',
    unit: '{entry}',
    help: 'Entries stored.',
    labels: [],
    read: ({ sets }) => one(sets),
  },
  {
    name: 'deletes',
    kind: 'counter',
    unit: '{removal}',
    help: 'Keys deleted and tags invalidated.',
    labels: [],
    read: ({ deletes }) => one(deletes),
  },
  {
    name: 'evictions',
    kind: 'counter',
    unit: '{entry}',
    help: 'Entries that gave way to others in memory.',
    labels: [],
    read: ({ evictions }) => one(evictions),
  },
  {
    name: 'errors',
    kind: 'counter',
    unit: '{error}',
    help: 'Failures of a store, and entries that could not be stored.',
    labels: [],
    read: ({ errors }) => one(errors),
  },
  {
    name: 'loads',
    kind: 'counter',
    unit: '{load}',
    help: 'Loaders started.',
    labels: [],
    read: ({ loads }) => one(loads),
  },
  {
    name: 'loads.joined',
    kind: 'counter',
    unit: '{request}',
    help: 'Callers that waited for the load of another instead of starting one.',
    labels: [],
    read: ({ joined }) => one(joined),
  },
  {
    name: 'loads.fenced',
    kind: 'counter',
    unit: '{load}',
    help: 'Loads not stored because their key was changed or invalidated meanwhile.',
    labels: [],
    read: ({ fenced }) => one(fenced),
  },
  {
    name: 'entries',
    kind: 'gauge',
    unit: '{entry}',
    help: 'Entries in the namespace of the cache; of a shared store, every process says the same.',
    labels: [],
    read: ({ db_size }) => one(db_size),
  },
  {
    name: 'memory.usage',
    kind: 'sum',
    unit: 'By',
    help: 'Estimated bytes of the entries in memory.',
    labels: [],
    read: ({ bytes }) => one(bytes),
  },
  {
    name: 'staleness.limit',
    kind: 'gauge',
    unit: 's',
    help: 'How far a read may be behind a removal elsewhere; 0 where no store is shared.',
    labels: [],
    read: ({ stalenessMs }) => one(stalenessMs / 1_000),
  },
];

/** Hits and misses by family: only on request, because the first segment of a key becomes a label. */
export const FAMILY_SERIES: StatSeries = {
  name: 'family.requests',
  kind: 'counter',
  unit: '{request}',
  help: 'Reads by the first segment of the key, and whether they hit.',
  labels: ['family', 'outcome'],
  read: ({ families }) =>
    Object.entries(families).flatMap(([family, { hits, misses }]) => [
      { labels: { family, outcome: 'hit' }, value: hits },
      { labels: { family, outcome: 'miss' }, value: misses },
    ]),
};
