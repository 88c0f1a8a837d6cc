import type { Clock } from '@keepsake/core';

/*
 * How long a holder may believe in its lock.
 *
 * The store counts the TTL from when the command reaches it, which is after it was sent: counted from
 * *before the send*, the holder's end lies before the store's, however slow the reply was. What is left is
 * that the two clocks do not run at the same speed: the drift, taken off as well. No clock is compared
 * with another, only lengths of time.
 */

/** By how much the store's clock may gain on ours over one TTL, and by how much a timer rounds. */
export const driftMs = (ttlMs: number): number => ttlMs * 0.01 + 2;

/** Until when, by the holder's monotonic clock, nobody else can hold what was asked for at `sentAtMs`. */
export const validUntilMs = (sentAtMs: number, ttlMs: number): number => sentAtMs + ttlMs - driftMs(ttlMs);

/** Whether a grant leaves enough time to work with: the first renewal is due at a third of the TTL. */
export const isWorthHaving = (remainingMs: number, ttlMs: number): boolean => remainingMs >= ttlMs / 2;

/** How long before the end of validity the signal aborts: the holder needs a moment to stop. */
export const warningMs = (ttlMs: number): number => Math.min(50, ttlMs / 10);

/** Renewals are this far apart, and each may take this long. */
export const renewalMs = (ttlMs: number): number => ttlMs / 3;

/** After a failed renewal. */
export const renewalRetryMs = (ttlMs: number): number => Math.max(5, ttlMs / 20);

/** By how much the wall clock is ahead of the monotonic one, which stands still while the machine sleeps. */
export const wallLeadMs = (clock: Clock): number => clock.wallNow() - clock.now();

/** The wall clock may gain this much on the monotonic one before a sleep of the machine is suspected. */
export const MAX_WALL_LEAD_MS = 1_000;
