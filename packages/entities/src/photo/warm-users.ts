import { CacheError } from '@keepsake/core';
import type { EntityPart } from '../entity-part.ts';
import type { Id } from '../id.ts';
import { warmEach, type WarmOptions, type WarmResult } from '../warm-parts.ts';
import type { PhotoSpecs } from './photo-entities.ts';
import type { PhotoParts, PhotoValue } from './photo-parts.ts';

type UserPart = keyof PhotoSpecs['user'];

/** How the parts of a user are loaded; a part without a loader is not warmed. */
export type UserLoaders<V> = {
  readonly [P in UserPart]?: (
    userId: Id,
    context: { readonly signal: AbortSignal },
  ) => PhotoValue<V, 'user', P> | Promise<PhotoValue<V, 'user', P>>;
};

/** Warms by `getOrSet`: fenced, one load for all who want it, and none where a fresh value is there. */
export const warmUsers = async <V>(
  user: PhotoParts<V>['user'],
  userIds: Iterable<Id> | AsyncIterable<Id>,
  loaders: UserLoaders<V>,
  options?: WarmOptions,
): Promise<WarmResult> => {
  // Which loader belongs to which part is known by their names alone; the types above tie them together.
  const parts = user as unknown as Readonly<Record<string, EntityPart>>;
  const names = Object.keys(loaders) as UserPart[]; // checked next
  for (const name of names) {
    if (!Object.hasOwn(user, name)) throw new CacheError('ERR_OPTION', `warm: a user has no part '${name}'`);
  }
  return warmEach(
    userIds,
    (id, signal) =>
      Promise.all(
        names.map(async (name) => {
          const load = loaders[name];
          if (load) await parts[name]?.getOrSet(id, async (context) => load(id, context), { signal });
        }),
      ),
    options,
  );
};
