export {
  defineEntity,
  type Entity,
  type PartDefinition,
  type PartId,
  type PartSpec,
  type PartSpecs,
  type PartValue,
  type Query,
  type ValueType,
  valueType,
} from './define-entity.ts';
export {
  type BoundParts,
  createEntityCache,
  type EntityCache,
  type EntityCacheOptions,
  type Owned,
} from './entity-cache.ts';
export type { ErasureOptions } from './erasure.ts';
export { type Erasure, ErasureError } from './erasure-outcome.ts';
export type { WarmOptions, WarmProgress, WarmResult } from './warm-parts.ts';
export type { UserLoaders } from './photo/warm-users.ts';
export type { EntityPart, PartLoadContext, PartLoadManyContext } from './entity-part.ts';
export { type Counters, createCounters, type IncrementOptions } from './counters/counters.ts';
export type { CounterSink, SinkContext, SinkTotal } from './counters/counter-sink.ts';
export { MemoryCounterStore, type MemoryCounterStoreOptions } from './counters/memory-counter-store.ts';
export type { CountersOptions, FlushFailure } from './counters/options.ts';
export { hashContent, hashQuery } from './hash.ts';
export type { Id, Ids } from './id.ts';
export type { Relations } from './relations.ts';
export type { RandomSource, Ttl, TtlRange } from './ttl-range.ts';
export type { DownloadCounters } from './photo/download-counters.ts';
export {
  createPhotoCache,
  type PhotoCache,
  type PhotoCacheOptions,
  type PhotoCascades,
  type PhotoExtras,
  type PhotoRelations,
} from './photo/photo-cache.ts';
export { photoEntities, type PhotoEntity, type PhotoKind, type PhotoSpecs } from './photo/photo-entities.ts';
export {
  albumKey,
  faceKey,
  type KeyBuilder,
  personKey,
  photoKey,
  searchKey,
  userKey,
} from './photo/photo-keys.ts';
export type { Namesakes, PhotoListFunctions } from './photo/namesakes.ts';
export type { PhotoSchemas } from './photo/photo-schemas.ts';
export type { PhotoPart, PhotoParts, PhotoValue, PhotoValues } from './photo/photo-parts.ts';
