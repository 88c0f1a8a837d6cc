import { type Cache, type Clock, type Duration, systemClock, toMs } from '@keepsake/core';
import { MAX_QUERY_NAMES } from './limits.ts';
import {
  distinctTexts,
  hasFunctions,
  isObject,
  oneOf,
  refusal,
  refuseNoCache,
  refuseNoFunction,
  refuseUnknownNames,
  truth,
  wholeNumber,
} from './option-checks.ts';
import { parseAbsoluteTarget, type RequestTarget } from './request-target.ts';
import { isToken } from './rules/fields.ts';
import { MAX_VARY_FIELDS } from './rules/vary.ts';
import { readTags } from './tags.ts';

/** What a `tags` function may look at of a response. */
export interface ResponseInfo {
  readonly status: number;
  /** The value of a header, several lines joined by commas; undefined: none. */
  header(name: string): string | undefined;
}

/** `Req` is the request in the shape of the framework. */
export interface HttpCacheOptions<Req> {
  /** Responses lie in its namespace `http`, tags included. */
  cache: Cache;
  /**
   * Seconds. A success to which the handler gave no Cache-Control and no Expires gets `max-age=<this>`,
   * unless it sets a cookie or the request carried Cookie or Authorization. Default: nothing is added.
   */
  cacheControlMaxAge?: number;
  /**
   * `'conformance'`: the letter of the RFC where the defaults are more careful: `setCookie: 'store'`,
   * `normalize: true`, `completeRanges: 'any'`. An option of its own goes before it. Default 'safe'.
   */
  preset?: 'safe' | 'conformance';
  /** Scheme and host of every key, such as 'https://photos.example'. Default: what the request says. */
  origin?: string;
  /**
   * How long a success stays in this cache, instead of max-age and Expires, which then speak to clients
   * alone. The handler's own s-maxage goes before it; private, no-store and no-cache hold as ever.
   */
  serverTtl?: Duration;
  /** Names by which `purge({ tag })` reaches the responses. At most 63, of at most 512 characters. */
  tags?: readonly string[] | ((request: Req, response: ResponseInfo) => readonly string[]);
  /** True: this request goes to the handler and its response is not stored. */
  bypass?: (request: Req) => boolean;
  /**
   * Request headers that are part of the key: all by which the handler chooses without saying so in Vary. At
   * most 16. Where `NODE_ENV` is not 'production' the process warns (KEEPSAKE_HTTP_UNKEYED) of a header that a stored
   * response repeats and that is in neither, once for each, by name and never by value.
   */
  keyHeaders?: readonly string[];
  /**
   * `only`: the query parameters that are part of the key. `'no-vary-search'`: what the handler's No-Vary-Search
   * says. Default: all of the query, as it was sent.
   */
  query?: { only?: readonly string[] } | 'no-vary-search';
  /**
   * Accept-Language and Accept-Encoding that mean the same are the same to Vary, and a response in the one language
   * that a request likes best answers it. Default false.
   */
  normalize?: boolean;
  /**
   * Whether a stored part is completed by asking for the rest: only where a strong ETag shows that both are of
   * one representation, or always; then a part that is shorter than it says is kept, too. Default 'strong'.
   */
  completeRanges?: 'strong' | 'any';
  /**
   * Response fields that speak to this cache in place of Cache-Control and Expires (RFC 9213), by rank. At most 8.
   * Default ['CDN-Cache-Control'].
   */
  targets?: readonly string[];
  /** Whether those fields are kept from clients. Default false. */
  stripTargets?: boolean;
  /** A response with Set-Cookie: not stored, stored without the cookie, or stored with it. Default 'skip'. */
  setCookie?: 'skip' | 'strip' | 'store';
  /** A longer body passes and is not stored. Default 1 MiB. */
  maxBodyBytes?: number;
  /** Responses a URL by Vary; the oldest goes first. Default 32. */
  maxVariants?: number;
  /** How this cache calls itself in Cache-Status; false: no such header. Default 'Keepsake'. */
  cacheStatus?: string | false;
  /** Told of what went wrong beside a response, which was served all the same. Default: a warning of the process, one a kind. */
  onError?: (error: unknown) => void;
  /** Time, for tests. Default: that of the process. */
  clock?: Clock;
}

/** Options with every default filled in. */
export interface ResolvedHttpOptions {
  readonly cacheControlMaxAge: number | undefined;
  readonly origin: RequestTarget | undefined;
  readonly serverTtlS: number | undefined;
  readonly keyHeaders: readonly string[];
  readonly queryOnly: ReadonlySet<string> | undefined;
  readonly noVarySearch: boolean;
  readonly normalize: boolean;
  readonly completeRanges: 'strong' | 'any';
  /** In lower case. */
  readonly targets: readonly string[];
  readonly stripTargets: boolean;
  readonly setCookie: 'skip' | 'strip' | 'store';
  readonly maxBodyBytes: number;
  readonly maxVariants: number;
  readonly cacheStatus: string | undefined;
  readonly clock: Clock;
}

/** What holds where nothing is said. */
export const HTTP_DEFAULTS: ResolvedHttpOptions = Object.freeze({
  cacheControlMaxAge: undefined,
  origin: undefined,
  serverTtlS: undefined,
  keyHeaders: [],
  queryOnly: undefined,
  noVarySearch: false,
  normalize: false,
  completeRanges: 'strong',
  targets: ['cdn-cache-control'],
  stripTargets: false,
  setCookie: 'skip',
  maxBodyBytes: 1_048_576,
  maxVariants: 32,
  cacheStatus: 'Keepsake',
  clock: systemClock,
});

const PRESETS: Readonly<Record<'safe' | 'conformance', Partial<ResolvedHttpOptions>>> = {
  safe: {},
  conformance: { setCookie: 'store', normalize: true, completeRanges: 'any' },
};

/** The compiler holds these to be all options, each once. */
const NAMES: Readonly<Record<keyof HttpCacheOptions<unknown>, true>> = {
  cache: true,
  cacheControlMaxAge: true,
  preset: true,
  origin: true,
  serverTtl: true,
  tags: true,
  bypass: true,
  keyHeaders: true,
  query: true,
  normalize: true,
  completeRanges: true,
  targets: true,
  stripTargets: true,
  setCookie: true,
  maxBodyBytes: true,
  maxVariants: true,
  cacheStatus: true,
  onError: true,
  clock: true,
};

/** @throws CacheError ERR_HTTP_OPTION for misuse, ERR_TTL for a bad `serverTtl`. */
export const resolveHttpOptions = <Req>(options: HttpCacheOptions<Req>): ResolvedHttpOptions => {
  refuseMisuse(options);
  const { preset = 'safe' } = options;
  const d = { ...HTTP_DEFAULTS, ...PRESETS[oneOf('preset', preset, ['safe', 'conformance'])] };
  const { serverTtl, cacheControlMaxAge, origin, query, clock = d.clock } = options;
  const { keyHeaders = d.keyHeaders, setCookie = d.setCookie, cacheStatus = d.cacheStatus } = options;
  const { maxBodyBytes = d.maxBodyBytes, maxVariants = d.maxVariants } = options;
  return Object.freeze({
    cacheControlMaxAge:
      cacheControlMaxAge === undefined
        ? undefined
        : wholeNumber('cacheControlMaxAge', cacheControlMaxAge, 0, 2_147_483_648),
    origin: origin === undefined ? undefined : readOrigin(origin),
    serverTtlS: serverTtl === undefined ? undefined : toMs(serverTtl, 'serverTtl') / 1_000,
    keyHeaders: readKeyHeaders(keyHeaders),
    queryOnly: query === undefined || query === 'no-vary-search' ? undefined : readQueryOnly(query),
    noVarySearch: query === 'no-vary-search',
    normalize: truth('normalize', options.normalize ?? d.normalize),
    completeRanges: oneOf('completeRanges', options.completeRanges ?? d.completeRanges, ['strong', 'any']),
    targets: options.targets === undefined ? d.targets : readTargets(options.targets),
    stripTargets: truth('stripTargets', options.stripTargets ?? d.stripTargets),
    setCookie: oneOf('setCookie', setCookie, ['skip', 'strip', 'store']),
    maxBodyBytes: wholeNumber('maxBodyBytes', maxBodyBytes, 0, 2 ** 30),
    maxVariants: wholeNumber('maxVariants', maxVariants, 1, 1_000),
    cacheStatus: readCacheStatus(cacheStatus),
    clock,
  });
};

/** What is used as it was given: it is only looked at. */
const refuseMisuse = (options: unknown): void => {
  if (!isObject(options)) throw refusal('httpCache', 'options such as { cache: createCache() }', options);
  const { cache, tags, bypass, onError, clock } = options;
  refuseNoCache(cache);
  refuseUnknownNames('httpCache', options, Object.keys(NAMES));
  if (tags !== undefined && typeof tags !== 'function') readTags('tags', tags);
  refuseNoFunction('bypass', bypass);
  refuseNoFunction('onError', onError);
  if (clock !== undefined && !hasFunctions(clock, ['now', 'wallNow', 'setTimer'])) {
    throw refusal('clock', 'a Clock, with now, wallNow and setTimer', clock);
  }
};

const readKeyHeaders = (given: unknown): readonly string[] => {
  const rule = {
    expected: "an array of header names such as ['X-Tenant']",
    most: MAX_VARY_FIELDS,
    isText: isToken,
  };
  const names = distinctTexts('keyHeaders', given, rule).map((name) => name.toLowerCase());
  return [...new Set(names)].sort();
};

const readQueryOnly = (query: unknown): ReadonlySet<string> | undefined => {
  const expected = "an array of parameter names such as ['page']";
  if (!isObject(query)) throw refusal('query', "{ only: ['page'] } or 'no-vary-search'", query);
  refuseUnknownNames('query', query, ['only']);
  const { only } = query;
  if (only === undefined) return undefined;
  const isText = (name: string): boolean => name !== '';
  return new Set(distinctTexts('query.only', only, { expected, most: MAX_QUERY_NAMES, isText }));
};

const MAX_TARGETS = 8;

/** By rank, so in the order given. */
const readTargets = (given: unknown): readonly string[] => {
  const expected = "an array of header names such as ['CDN-Cache-Control']";
  const names = distinctTexts('targets', given, { expected, most: MAX_TARGETS, isText: isToken });
  return names.map((name) => name.toLowerCase());
};

const readCacheStatus = (given: unknown): string | undefined => {
  if (given === false) return undefined;
  if (typeof given === 'string' && /^[\x20-\x7e]+$/.test(given)) return given;
  throw refusal('cacheStatus', 'a name in printable ASCII, or false', given);
};

const readOrigin = (origin: unknown): RequestTarget => {
  const target = typeof origin === 'string' ? parseAbsoluteTarget(origin) : undefined;
  if (target && target.path === '/' && target.query === null) return target;
  throw refusal('origin', "a scheme and host such as 'https://photos.example'", origin);
};
