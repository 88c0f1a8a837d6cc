import type { PartId, PartSpec, PartValue } from '../define-entity.ts';
import type { EntityPart } from '../entity-part.ts';
import type { PhotoKind, PhotoSpecs } from './photo-entities.ts';

/**
 * The types of your values, as far as you name them: `{ album: { details: Album; photos: Photo[] } }`.
 * A part that is left out takes and gives `unknown` (an embedding: `Float32Array`).
 */
export type PhotoValues = { readonly [K in PhotoKind]?: { readonly [P in keyof PhotoSpecs[K]]?: unknown } };

/** The declaration of one part. */
export type PhotoSpec<
  K extends PhotoKind,
  P extends keyof PhotoSpecs[K],
> = PhotoSpecs[K][P] extends infer S extends PartSpec ? S : never;

/** The value type of one part. */
export type PhotoValue<V, K extends PhotoKind, P extends keyof PhotoSpecs[K]> = K extends keyof V
  ? P extends keyof V[K]
    ? V[K][P]
    : PartValue<PhotoSpec<K, P>>
  : PartValue<PhotoSpec<K, P>>;

export type PhotoPart<V, K extends PhotoKind, P extends keyof PhotoSpecs[K]> = EntityPart<
  PhotoSpec<K, P>,
  PartId<PhotoSpec<K, P>>,
  PhotoValue<V, K, P>
>;

/** `photos.album.details` and so on. */
export type PhotoParts<V> = {
  readonly [K in PhotoKind]: { readonly [P in keyof PhotoSpecs[K]]: PhotoPart<V, K, P> };
};
