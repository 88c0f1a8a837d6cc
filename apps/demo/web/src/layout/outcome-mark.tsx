import type { Outcome } from './cache-cost.ts';

/** A square for what the cache answered, a disc for what had to be loaded: the shape says it without colour. */
export function OutcomeMark({ outcome }: { outcome: Outcome }) {
  return <span className={`mark mark-${outcome}`} aria-hidden="true" />;
}
