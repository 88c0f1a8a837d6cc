/** A store that has not answered a read by then is passed by. */
export const LOOKUP_LIMIT_MS = 500;
/** A request waits this long, in all, for others to fetch the same; then it asks the handler itself. */
export const WAIT_LIMIT_MS = 10_000;
/** Misses of this process, at once, that other processes wait for; further ones are made by each for itself. */
export const MAX_SEATS = 100;
/** A client that takes nothing of a response for so long does not hold up others who wait for the same. */
export const STALL_LIMIT_MS = 2_000;
/** What another request's failure may cost a waiter: as many turns of waiting, then it asks itself. */
export const MAX_TURNS = 3;
/** A write that has not ended by then no longer counts as under way. */
export const COMMIT_LIMIT_MS = 5_000;
/** Requests to handlers that others may wait for, at once; beyond, each asks for itself. */
export const MAX_FLIGHTS = 10_000;
/** While so many are under way no POST takes one: how long it lasts is its client's to say, by how it sends its body. */
export const MAX_FLIGHTS_FOR_POST = 5_000;
/** Bytes of bodies that are being collected or written, in all; beyond, bodies pass and are not stored. */
export const MAX_COLLECTED_BYTES = 268_435_456;
/** URLs known to be uncacheable, so that requests for them do not wait for each other. */
export const MAX_PASSED_URLS = 10_000;
export const PASS_MS = 10_000;
/** The record of what a URL varies by lives at least this long. */
export const VARY_RECORD_TTL_S = 86_400;
/** Tags that an entry of a cache can carry. */
export const MAX_ENTRY_TAGS = 64;
/** Tags of a response: a cache takes 64 an entry, and one may be this package's own. */
export const MAX_TAGS = 63;
/** Characters of a tag, as a cache takes it. */
export const MAX_TAG_LENGTH = 512;
/** Paths whose No-Vary-Search this process keeps in mind. */
export const MAX_SEARCH_RULES = 10_000;
/** Query parameters that `query.only` may name. */
export const MAX_QUERY_NAMES = 1_000;
/** Header bytes that a stored response may have beside its body. */
export const MAX_HEAD_BYTES = 65_536;
