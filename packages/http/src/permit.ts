import type { Fence } from '@keepsake/core';
import type { FillSeat } from './fill-seat.ts';
import type { Slot } from './slot.ts';

/**
 * The right to store at a slot, taken before the handler is asked: it ends with any invalidation. A cache
 * gives no fence for a key where something lies, so what replaces it shows the fence of another key, the
 * guard, which nothing ever lies at and which is removed wherever the slot is.
 */
export type Permit =
  | {
      readonly slot: Slot;
      readonly fence: Fence;
      readonly guard: string | undefined;
      readonly seat?: undefined;
    }
  /** In a store that several processes share: the right of one of them. */
  | { readonly slot: Slot; readonly seat: FillSeat };
