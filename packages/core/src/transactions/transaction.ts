import { PendingRemovals } from './pending-removals.ts';

/** One run of `afterCommit`, from its start until its work has settled. */
export class Transaction {
  readonly pending: PendingRemovals = new PendingRemovals();
  isOpen = true;
}

/** The transaction in which a call is made, across its awaits. What outlives its transaction is in none. */
export type CurrentTransaction = () => Transaction | undefined;
