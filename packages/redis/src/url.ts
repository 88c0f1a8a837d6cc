import { CacheError, type ErrorCode } from '@keepsake/core';

/** Where a server is and how to log in: a checked `redis:` or `rediss:` URL. */
export interface RedisTarget {
  readonly host: string;
  readonly port: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly db: number;
  readonly tls: boolean;
}

export const DEFAULT_PORT = 6_379;

/**
 * Reads `redis[s]://[user[:password]@]host[:port][/db]`. Messages never repeat the URL: it may hold a password.
 *
 * @throws CacheError with `code` that names `what` and the part that is wrong.
 */
export const parseRedisUrl = (url: unknown, what = 'url', code: ErrorCode = 'ERR_OPTION'): RedisTarget => {
  const fail = (problem: string): never => {
    throw new CacheError(code, `${what}: ${problem}; expected redis://[user:password@]host[:port][/db]`);
  };
  if (typeof url !== 'string' || url.length === 0) return fail('it is not a string with a URL');
  if (!/^rediss?:\/\//i.test(url))
    return fail('it does not begin with redis://, rediss://, redis+cluster:// or redis+sentinel://');
  if (!URL.canParse(url))
    return fail('it is malformed (a port above 65535, or a character that must be %-encoded?)');
  const parsed = new URL(url);
  if (parsed.hostname === '') return fail('it names no host');
  if (parsed.search !== '' || parsed.hash !== '') {
    return fail('it has a query or a fragment (encode ? as %3F and # as %23 in a password)');
  }
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: parsed.port === '' ? DEFAULT_PORT : (parsePort(parsed.port) ?? fail('its port is not 1 to 65535')),
    username: decode(parsed.username) ?? fail('its user name is not valid %-encoding'),
    password: decode(parsed.password) ?? fail('its password is not valid %-encoding'),
    db: parseDb(parsed.pathname.replace(/^\//, '')) ?? fail('what follows the host is no database number'),
    tls: parsed.protocol.toLowerCase() === 'rediss:',
  };
};

/** A port of 1 to 65535, or undefined. */
export const parsePort = (text: string): number | undefined => {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
};

/** A database number (empty: 0), or undefined. */
export const parseDb = (text: string): number | undefined =>
  /^\d{0,5}$/.test(text) ? Number(text) : undefined;

/** Without %-encoding, or undefined where that is broken. */
export const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
};
