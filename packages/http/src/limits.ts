/** A store that has not answered a read by then is passed by. */
export const LOOKUP_LIMIT_MS = 500;
/** A request waits this long, in all, for others to fetch the same; then it asks the handler itself. */
export const WAIT_LIMIT_MS = 10_000;
/** What another request's failure may cost a waiter: as many turns of waiting, then it asks itself. */
export const MAX_TURNS = 3;
/** A write that has not ended by then no longer counts as under way. */
export const COMMIT_LIMIT_MS = 5_000;
/** Requests to handlers that others may wait for, at once; beyond, each asks for itself. */
export const MAX_FLIGHTS = 10_000;
/** Bytes of bodies that are being collected or written, in all; beyond, bodies pass and are not stored. */
export const MAX_COLLECTED_BYTES = 268_435_456;
/** URLs known to be uncacheable, so that requests for them do not wait for each other. */
export const MAX_PASSED_URLS = 10_000;
export const PASS_MS = 10_000;
/** The record of what a URL varies by lives at least this long. */
export const VARY_RECORD_TTL_S = 86_400;
/** Header bytes that a stored response may have beside its body. */
export const MAX_HEAD_BYTES = 65_536;
