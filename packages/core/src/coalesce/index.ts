/** Entry `@keepsake/core/coalesce`: the single loads of one turn as one call. */
export {
  coalesce,
  type CoalescedLoader,
  type CoalesceOptions,
  MAX_WAIT_MS,
  type SingleLoad,
} from './coalesce.ts';
export type { LoadBatch } from './load-batch.ts';
