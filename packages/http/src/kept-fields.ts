import type { MaybePromise } from '@keepsake/core';
import type { Verdict } from './forward.ts';
import { isPromise } from './is-promise.ts';
import type { FieldLookup } from './rules/fields.ts';

/** Fields of a framework's own request, which others may write into. */
export interface KeptFields extends FieldLookup {
  /** From now on they stay as they are. */
  keep(): void;
}

/**
 * Before anybody else has a turn, the handler above all: what is decided after them is decided by the request as it
 * came. After a hit at once nothing is decided any more, so no copy is made for it.
 */
export const keepUnlessHit = (fields: KeptFields, given: MaybePromise<Verdict>): void => {
  if (isPromise(given) || given.kind !== 'serve' || given.refresh) fields.keep();
};
