import type { Adapter } from '../subjects.ts';

/** What is not met, and why. The test holds that each is in fact not met, so that the list can only be true. */
export const NOT_MET: readonly {
  readonly id: string;
  readonly reason: string;
  /** Default: all. */
  readonly adapters?: readonly Adapter[];
}[] = [
  {
    id: 'interim-early',
    reason: 'a Response of the Fetch API carries no 1xx, so a handler there has nothing to send them with',
    adapters: ['fetch', 'hono'],
  },
];
