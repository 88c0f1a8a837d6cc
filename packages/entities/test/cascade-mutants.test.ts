/**
 * A check of the check: whatever is left out of what the photo domain declares (that an album's list shows photos, say),
 * the worlds of the cascade tests notice.
 */
import { createCache } from '@keepsake/core';
import {
  createEntityCache,
  defineEntity,
  type Entity,
  type PartSpec,
  type PartSpecs,
  type PhotoCache,
  photoEntities,
  type PhotoKind,
  type PhotoParts,
} from '@keepsake/entities';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bindNamesakes } from '../src/photo/namesakes.ts';
import { entriesOf, fill, invalidate, relationsOf, sizeOf, type World, worlds } from './worlds.ts';

const KINDS: readonly PhotoKind[] = ['album', 'photo', 'face', 'person'];
const RELATIONS = ['below', 'shows', 'searches'] as const;

/** As `createPhotoCache` makes it, over declarations of the test's own. */
const photosOf = (entities: readonly Entity[]): PhotoCache => {
  const made = createEntityCache(createCache(), entities);
  const parts = made.parts as unknown as PhotoParts<object>;
  return {
    ...parts,
    ...bindNamesakes(parts),
    invalidateAlbumCache: (id, of) => made.invalidate('album', id, of),
    invalidatePhotoCache: (id, of) => made.invalidate('photo', id, of),
    invalidateFaceCache: (id, of) => made.invalidate('face', id, of),
    invalidatePersonCache: (id, of) => made.invalidate('person', id, of),
  } as Partial<PhotoCache> as PhotoCache; // what the worlds make use of
};

/** How many of the entries that were made from a thing outlive its invalidation, in each way of telling. */
const survivors = async (entities: readonly Entity[], some: readonly World[]): Promise<number> => {
  let count = 0;
  for (const world of some) {
    for (const kind of KINDS) {
      for (let id = 0; id < sizeOf(world, kind); id += 1) {
        for (const isTold of [true, false]) {
          const photos = photosOf(entities);
          await fill(photos, world, isTold);
          await invalidate(photos, kind, id, isTold ? relationsOf(world, kind, id) : undefined);
          for (const { madeFrom, read } of entriesOf(world)) {
            if (madeFrom.has(`${kind}:${id}`) && (await read(photos)) !== undefined) count += 1;
          }
        }
      }
    }
  }
  return count;
};

const SPECS = photoEntities.map(({ name, specs }) => [name, specs as PartSpecs] as const);

const define = (specs: readonly (readonly [string, PartSpecs])[]): Entity[] =>
  specs.map(([name, parts]) => defineEntity(name, parts));

/** A change of a kind is a change of all below it: who shows those need not name it. */
const BELOW: Readonly<Record<string, readonly string[]>> = { album: ['photo', 'face'], photo: ['face'] };
const isImplied = (kind: string, relation: string, kinds: readonly string[]): boolean =>
  relation !== 'below' && kinds.some((other) => BELOW[kind]?.includes(other));

/** Every declaration with one kind left out of one relation, but for those that another one implies. */
const MUTANTS = SPECS.flatMap(([entity, specs]) =>
  Object.entries(specs).flatMap(([part, spec]) =>
    RELATIONS.flatMap((relation) =>
      (spec[relation] ?? []).flatMap((kind, _, kinds) => {
        if (isImplied(kind, relation, kinds)) return [];
        const mutant: PartSpec = { ...spec, [relation]: spec[relation]?.filter((one) => one !== kind) };
        const entities = SPECS.map(
          ([name, parts]) => [name, name === entity ? { ...parts, [part]: mutant } : parts] as const,
        );
        return [{ name: `${entity}.${part} without ${relation} ${kind}`, entities }];
      }),
    ),
  ),
);

describe('cascades', () => {
  const some = fc.sample(worlds, { numRuns: 6, seed: 7 });

  it('as they are declared leave nothing behind', async () => {
    expect(await survivors(define(SPECS), some)).toBe(0);
    expect(MUTANTS.length).toBeGreaterThan(25);
  });

  it.each(MUTANTS)('of $name leave something behind', async ({ entities }) => {
    expect(await survivors(define(entities), some)).toBeGreaterThan(0);
  });
});
