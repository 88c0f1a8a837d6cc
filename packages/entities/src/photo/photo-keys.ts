import { buildKey } from '@keepsake/core';
import { checkId, type Id } from '../id.ts';
import type { PhotoKind, PhotoSpecs } from './photo-entities.ts';

/** A part of the domain, or one of your own. */
export type PartName<K extends PhotoKind> = keyof PhotoSpecs[K] | (string & {});

/** Builds keys of one kind: the id, the part and, if any, what comes below. Each is escaped. */
export type KeyBuilder<Part extends string | number | symbol> = (
  id: Id,
  part: Part & string,
  ...below: readonly Id[]
) => string;

const keyBuilder =
  (kind: PhotoKind): KeyBuilder<string> =>
  (id, part, ...below) =>
    buildKey(kind, ...[id, part, ...below].map(checkId));

/**
 * `user:{id}:{part}`.
 *
 * @example
 * ```ts
 * import { userKey } from '@keepsake/entities';
 *
 * console.log(userKey(7, 'profile')); // 'user:7:profile'
 * console.log(userKey('7:profile', 'x')); // 'user:7%3Aprofile:x'
 * ```
 * @throws CacheError ERR_KEY for an empty or invalid id.
 */
export const userKey: KeyBuilder<PartName<'user'>> = keyBuilder('user');
/** `album:{id}:{part}`, and `album:{id}:photos:{hash}` for a variant: `albumKey(7, 'photos', hashQuery(page))`. */
export const albumKey: KeyBuilder<PartName<'album'>> = keyBuilder('album');
/** `photo:{id}:{part}`; the part `downloads` is the counter. */
export const photoKey: KeyBuilder<PartName<'photo'> | 'downloads'> = keyBuilder('photo');
/** `face:{id}:{part}`. */
export const faceKey: KeyBuilder<PartName<'face'>> = keyBuilder('face');
/** `person:{id}:{part}`. */
export const personKey: KeyBuilder<PartName<'person'>> = keyBuilder('person');
/** `search:{hash}:{part}`; takes the hash, as in `searchKey(hashQuery(query), 'results')`. */
export const searchKey: KeyBuilder<PartName<'search'>> = keyBuilder('search');
