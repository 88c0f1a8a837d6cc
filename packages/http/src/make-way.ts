import type { Clock } from '@keepsake/core';
import type { BodyCollector } from './body-collector.ts';
import { withinDeadline } from './deadline.ts';
import { STALL_LIMIT_MS } from './limits.ts';

/**
 * A handler that waits for its client holds up all who wait for its response. If the client takes nothing for too
 * long, the copy is given up, so that the next one leads; the response itself goes on.
 *
 * @param taken Until the client takes more, or the handler turns out not to wait for it.
 */
export const makeWayUnless = async (
  taken: Promise<void>,
  collector: BodyCollector,
  clock: Clock,
): Promise<void> => {
  if ((await withinDeadline(taken, STALL_LIMIT_MS, clock)) === 'late') collector.abort();
};
