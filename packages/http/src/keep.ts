import type { FieldLines } from './rules/fields.ts';
import type { Lifetime } from './rules/lifetime.ts';
import { hasValidator, type StaleRules } from './rules/stale.ts';

/** A stale response that can be validated is of use this long, as it is for a handler that fails. */
export const KEEP_VALIDATED_S = 86_400;
/** One that cannot is of use only where the handler fails. */
export const KEEP_STALE_S = 3_600;
/** What a response may ask for in `stale-while-revalidate` and `stale-if-error`. */
export const MAX_KEEP_S = 2_592_000;

/**
 * How many seconds past its lifetime a response is kept; 0: once it is stale nobody can be given it. One that
 * says nothing about caching and cannot be given a lifetime is not kept for its validator alone: the handler
 * makes it anyway, and each answer would be one more write.
 */
export const keepSeconds = ({
  mayBeStale,
  whileRevalidateS,
  ifErrorS,
  lifetime,
  fields,
}: StaleRules & { readonly lifetime: Lifetime; readonly fields: FieldLines }): number => {
  if (lifetime.seconds === 0 && !lifetime.isStated) return 0;
  const isValidatable = hasValidator(fields);
  const isAskedFor = lifetime.seconds > 0 || whileRevalidateS > 0 || ifErrorS > 0;
  if (!isValidatable && !(mayBeStale && isAskedFor)) return 0;
  const usual = isValidatable ? KEEP_VALIDATED_S : KEEP_STALE_S;
  return Math.min(Math.max(usual, whileRevalidateS, ifErrorS), MAX_KEEP_S);
};
