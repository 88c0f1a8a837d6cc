import { CacheError } from '@keepsake/core';
import type { StandardSchema } from '@keepsake/core/families';
import { defineEntity, type PartSpec } from '../define-entity.ts';
import { photoEntities, type PhotoEntity, type PhotoKind, type PhotoSpecs } from './photo-entities.ts';
import type { PhotoValue } from './photo-parts.ts';

/** Standard Schemas by kind and part: `{ user: { permissions: schema } }`. */
export type PhotoSchemas<V = object> = {
  readonly [K in PhotoKind]?: {
    readonly [P in keyof PhotoSpecs[K]]?: StandardSchema<PhotoValue<V, K, P>>;
  };
};

/** Schemas as they are at run time, where nothing is known of them. */
type GivenSchemas = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;

/** @throws CacheError ERR_OPTION for a kind or a part that is not there: its schema would check nothing. */
export const withSchemas = (schemas: GivenSchemas): readonly PhotoEntity[] => {
  for (const kind of Object.keys(schemas)) {
    if (!photoEntities.some(({ name }) => name === kind)) {
      throw new CacheError('ERR_OPTION', `schemas: there is no entity '${kind}'`);
    }
  }
  return photoEntities.map((entity) => withSchemasOf(entity, schemas[entity.name] ?? {}));
};

const withSchemasOf = (entity: PhotoEntity, schemas: Readonly<Record<string, unknown>>): PhotoEntity => {
  const unknown = Object.keys(schemas).find((part) => !Object.hasOwn(entity.specs, part));
  if (unknown !== undefined) {
    throw new CacheError('ERR_OPTION', `schemas: '${entity.name}' has no part '${unknown}'`);
  }
  const specs = Object.entries<PartSpec>(entity.specs).map(([part, spec]) => [
    part,
    schemas[part] === undefined ? spec : { ...spec, schema: schemas[part] },
  ]);
  // The specs of the same entity, each with one member more.
  return defineEntity(entity.name, Object.fromEntries(specs) as PhotoEntity['specs']) as PhotoEntity;
};
