import { type Cache, CacheError, type Clock, type Duration, systemClock, toMs } from '@keepsake/core';
import { parseAbsoluteTarget, type RequestTarget } from './request-target.ts';
import { isToken } from './rules/fields.ts';

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
  /** Scheme and host of every key, such as 'https://photos.example'. Default: what the request says. */
  origin?: string;
  /**
   * How long a success stays in this cache, instead of max-age and Expires, which then speak to clients
   * alone. The handler's own s-maxage goes before it; private, no-store and no-cache hold as ever.
   */
  serverTtl?: Duration;
  /** Names by which `purge({ tag })` reaches the responses. */
  tags?: readonly string[] | ((request: Req, response: ResponseInfo) => readonly string[]);
  /** True: this request goes to the handler and its response is not stored. */
  bypass?: (request: Req) => boolean;
  /** Request headers that are part of the key: all by which the handler chooses without saying so in Vary. */
  keyHeaders?: readonly string[];
  /** `only`: the query parameters that are part of the key. Default: all of the query, as it was sent. */
  query?: { only?: readonly string[] };
  /** A response with Set-Cookie: not stored, stored without the cookie, or stored with it. Default 'skip'. */
  setCookie?: 'skip' | 'strip' | 'store';
  /** A longer body passes and is not stored. Default 1 MiB. */
  maxBodyBytes?: number;
  /** Responses a URL by Vary; the oldest goes first. Default 32. */
  maxVariants?: number;
  /** How this cache calls itself in Cache-Status; false: no such header. Default 'Keepsake'. */
  cacheStatus?: string | false;
  /** Told of what went wrong beside a response, which was served all the same. Default: nobody is. */
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
  setCookie: 'skip',
  maxBodyBytes: 1_048_576,
  maxVariants: 32,
  cacheStatus: 'Keepsake',
  clock: systemClock,
});

/** @throws CacheError ERR_HTTP_OPTION for misuse, ERR_TTL for a bad `serverTtl`. */
export const resolveHttpOptions = <Req>(options: HttpCacheOptions<Req>): ResolvedHttpOptions => {
  const d = HTTP_DEFAULTS;
  const { cacheStatus, setCookie = d.setCookie, query, serverTtl, cacheControlMaxAge, origin } = options;
  if (cacheStatus !== undefined && cacheStatus !== false && !/^[\x20-\x7e]+$/.test(cacheStatus)) {
    throw refusal('cacheStatus', 'printable ASCII or false', cacheStatus);
  }
  if (!['skip', 'strip', 'store'].includes(setCookie)) {
    throw refusal('setCookie', "'skip', 'strip' or 'store'", setCookie);
  }
  return Object.freeze({
    cacheControlMaxAge:
      cacheControlMaxAge === undefined
        ? undefined
        : wholeNumber('cacheControlMaxAge', cacheControlMaxAge, 0, 2_147_483_648),
    origin: origin === undefined ? undefined : readOrigin(origin),
    serverTtlS: serverTtl === undefined ? undefined : toMs(serverTtl, 'serverTtl') / 1_000,
    keyHeaders: (options.keyHeaders ?? d.keyHeaders).map(fieldName).sort(),
    queryOnly: query?.only && new Set(query.only),
    setCookie,
    maxBodyBytes: wholeNumber('maxBodyBytes', options.maxBodyBytes ?? d.maxBodyBytes, 0, 2 ** 30),
    maxVariants: wholeNumber('maxVariants', options.maxVariants ?? d.maxVariants, 1, 1_000),
    cacheStatus: cacheStatus === false ? undefined : (cacheStatus ?? d.cacheStatus),
    clock: options.clock ?? d.clock,
  });
};

const fieldName = (name: string): string => {
  if (typeof name === 'string' && isToken(name)) return name.toLowerCase();
  throw refusal('keyHeaders', 'header names', name);
};

const readOrigin = (origin: string): RequestTarget => {
  const target = parseAbsoluteTarget(origin);
  if (target && target.path === '/' && target.query === null) return target;
  throw refusal('origin', "a scheme and host such as 'https://photos.example'", origin);
};

const wholeNumber = (name: string, value: number, low: number, high: number): number => {
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw refusal(name, `a whole number from ${low} to ${high}`, value);
};

const refusal = (name: string, expected: string, value: unknown): CacheError =>
  new CacheError('ERR_HTTP_OPTION', `${name}: expected ${expected}, got ${JSON.stringify(value)}`);
