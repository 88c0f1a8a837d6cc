import { defineEntity, type Entity, type ValueType } from '../define-entity.ts';

/** Keys, TTLs and dependencies of the photo domain. A range is a TTL drawn out of it for each store. */
export const userSpecs = {
  albums: { ttl: ['5m', '10m'], shows: ['album', 'photo'] },
  profile: { ttl: '1h' },
  settings: { ttl: '1h' },
  permissions: { ttl: '30m' },
} as const;

export const albumSpecs = {
  details: { ttl: ['30m', '1h'], shows: ['photo'] },
  faces: { ttl: '1h', shows: ['face', 'person'] },
  summary: { ttl: '1h', shows: ['photo', 'face'] },
  clusters: { ttl: '1h', shows: ['face', 'person'] },
  photos: { ttl: ['10m', '30m'], shows: ['photo'], variants: true },
} as const;

export const photoSpecs = {
  details: { ttl: '1h', below: ['album'], shows: ['face', 'person'] },
  status: { ttl: ['1m', '5m'], below: ['album'] },
} as const;

export const faceSpecs = {
  details: { ttl: '24h', below: ['album', 'photo', 'person'] },
  embedding: { ttl: '24h', below: ['album', 'photo'], value: {} as ValueType<Float32Array> },
  similar: { ttl: ['10m', '30m'], below: ['album', 'photo'], searches: ['face', 'person'] },
} as const;

export const personSpecs = {
  details: { ttl: '1h', shows: ['face'] },
  /** The id of the person of a name in an album. */
  idByName: { ttl: '1h', key: 'person_id:{album}:{name}', below: ['album', 'person'] },
} as const;

export const searchSpecs = {
  results: {
    ttl: ['10m', '30m'],
    key: 'search:{query}:results',
    query: true,
    searches: ['album', 'photo', 'face', 'person'],
  },
  suggestions: {
    ttl: '1h',
    key: 'search:{query}:suggestions',
    query: true,
    searches: ['album', 'photo', 'face', 'person'],
  },
} as const;

/** The specs of the domain by entity. */
export interface PhotoSpecs {
  readonly user: typeof userSpecs;
  readonly album: typeof albumSpecs;
  readonly photo: typeof photoSpecs;
  readonly face: typeof faceSpecs;
  readonly person: typeof personSpecs;
  readonly search: typeof searchSpecs;
}

export type PhotoKind = keyof PhotoSpecs;

/** Any of the photo domain's entities. */
export type PhotoEntity = { [K in PhotoKind]: Entity<K, PhotoSpecs[K]> }[PhotoKind];

/** The photo domain, ready for `createEntityCache`, alone or beside entities of your own. */
export const photoEntities: readonly PhotoEntity[] = Object.freeze([
  defineEntity('user', userSpecs),
  defineEntity('album', albumSpecs),
  defineEntity('photo', photoSpecs),
  defineEntity('face', faceSpecs),
  defineEntity('person', personSpecs),
  defineEntity('search', searchSpecs),
]);
