import { CacheError } from '@keepsake/core';

/** What names one thing of an entity. `7` and `'7'` name the same thing. */
export type Id = string | number | bigint;

/** One id or several. An empty list says "none", which is different from saying nothing. */
export type Ids = Id | readonly Id[];

export const toIdList = (ids: Ids): readonly Id[] => (isIdList(ids) ? ids : [ids]);

const isIdList = (ids: Ids): ids is readonly Id[] => Array.isArray(ids);

const ID_TYPES: ReadonlySet<string> = new Set(['string', 'number', 'bigint']);

/**
 * The id, if it is one. Nothing and the empty string are refused: they are what a forgotten variable looks
 * like, and all who forgot theirs would share one entry. So is a whole number beyond 2^53-1: several of them
 * are one and the same number; as a string or bigint they are told apart.
 */
export const checkId = (id: Id): Id => {
  if (Number.isInteger(id) && !Number.isSafeInteger(id)) {
    throw new CacheError(
      'ERR_KEY',
      'id: a number beyond 2^53-1 does not say which; give a string or a bigint',
    );
  }
  if (ID_TYPES.has(typeof id) && id !== '') return id;
  throw new CacheError('ERR_KEY', `id: expected a non-empty string or a number, got ${describe(id)}`);
};

const describe = (id: unknown): string => (id === '' ? 'an empty string' : id === null ? 'null' : typeof id);
