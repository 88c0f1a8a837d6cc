import type { CounterBatch, CounterOrigin } from '@keepsake/core';

/** A total that the sink has. */
export type SinkTotal = Pick<CounterOrigin, 'id' | 'total'>;

export interface SinkContext {
  /** Aborts after `sinkTimeout`: what comes later is not waited for. */
  readonly signal: AbortSignal;
}

/**
 * Where counters last: a database. It keeps, beside each total, the number of the last batch that is in it, in the
 * same row or in a table of its own.
 */
export interface CounterSink {
  /** Total and number of each; a counter that is left out has 0 and 0. */
  load(ids: readonly string[], context: SinkContext): Promise<Iterable<CounterOrigin>>;
  /**
   * Adds each batch whose number is above the one kept, and keeps its number, in one step:
   * `UPDATE ... SET total = total + amount, number = $number WHERE id = $id AND number < $number`. A batch that comes
   * again is thus added once, whoever brings it and however late. At most one a counter; they are independent of
   * each other. Resolves with the totals, as they are now, of the counters that are there: a counter whose row is gone
   * is left out, and its batch counts as done with. Rejects where that is not known; the batches then come again.
   */
  apply(batches: readonly CounterBatch[], context: SinkContext): Promise<Iterable<SinkTotal>>;
}
