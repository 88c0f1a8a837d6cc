/** Entry `@keepsake/core/transactions`: removals that wait for a commit. */
export type { PendingRemoval } from './pending-removals.ts';
export {
  type AfterCommitOptions,
  type PendingCommit,
  type Transactional,
  transactional,
} from './transactional.ts';
