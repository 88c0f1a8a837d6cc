import { type Cache, CacheError, type CacheOptions, createCache } from '@keepsake/core';
import { isIPv4, isIPv6 } from 'node:net';
import { createRedisCache, refuseBackendOptions } from './redis-cache.ts';
import { parseRedisPlace } from './place.ts';
import { DEFAULT_PORT, parseDb, parsePort, parseRedisUrl } from './url.ts';

/** Variables by name, as `process.env` has them; an empty one counts as unset. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The cache that the environment asks for. `ENVIRONMENT` `development` or `test`: memory, whatever else is
 * set. Otherwise Redis: `REDIS_URL`, else `REDIS_HOST` with `REDIS_PORT` (6379), `REDIS_PASSWORD`, `REDIS_DB`.
 *
 * @throws CacheError ERR_ENV that names the variable which is missing or wrong, and never its value.
 *
 * @example
 * ```ts
 * import { createCacheFromEnv } from '@keepsake/redis';
 *
 * const cache = createCacheFromEnv({ ENVIRONMENT: 'development' });
 * await cache.set('greeting', 'hello');
 * ```
 */
export const createCacheFromEnv = (env: Environment, options: Omit<CacheOptions, 'l2'> = {}): Cache => {
  // In development too: what is refused in production alone is found out there.
  refuseBackendOptions('createCacheFromEnv', options);
  const environment = read(env, 'ENVIRONMENT');
  if (environment === 'development' || environment === 'test') return createCache(options);
  return createRedisCache({ ...options, url: redisUrlFromEnv(env) });
};

/** The URL of the Redis that the variables name. */
export const redisUrlFromEnv = (env: Environment): string => {
  const url = read(env, 'REDIS_URL');
  if (url !== undefined) {
    parseRedisPlace(url, 'REDIS_URL', 'ERR_ENV');
    return url;
  }
  const host = read(env, 'REDIS_HOST');
  if (host === undefined) {
    throw new CacheError(
      'ERR_ENV',
      'REDIS_URL (or REDIS_HOST) is not set; set it, or ENVIRONMENT=development for a cache in memory',
    );
  }
  return urlOfParts(env, host);
};

const urlOfParts = (env: Environment, host: string): string => {
  if (!isHost(host)) {
    throw new CacheError(
      'ERR_ENV',
      'REDIS_HOST: expected a host name or address, without scheme, port or spaces',
    );
  }
  const port = parsePort(read(env, 'REDIS_PORT') ?? String(DEFAULT_PORT));
  if (port === undefined)
    throw new CacheError('ERR_ENV', 'REDIS_PORT: expected a whole number from 1 to 65535');
  const db = parseDb(read(env, 'REDIS_DB') ?? '0');
  if (db === undefined) throw new CacheError('ERR_ENV', 'REDIS_DB: expected a database number such as 0');
  const password = readPassword(env);
  const login = password === undefined ? '' : `:${encodeURIComponent(password)}@`;
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  const url = `redis://${login}${name}:${port}/${db}`;
  parseRedisUrl(url, 'REDIS_HOST', 'ERR_ENV');
  return url;
};

/** A name of non-empty labels, or an address; digits and dots that are no address are a slip of the hand. */
const isHost = (host: string): boolean => {
  if (/^[\d.]+$/.test(host)) return isIPv4(host);
  if (host.includes(':')) return isIPv6(host.replace(/^\[(.*)\]$/, '$1'));
  return /^(?!-)[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.?$/.test(host);
};

const read = (env: Environment, name: string): string | undefined => {
  const value = readText(env, name)?.trim();
  return value === '' ? undefined : value;
};

/** As it is, spaces and all, but for the line end that a file of one line ends with. */
const readPassword = (env: Environment): string | undefined => {
  const password = readText(env, 'REDIS_PASSWORD')?.replace(/\r?\n$/, '');
  if (password?.isWellFormed() === false) {
    throw new CacheError('ERR_ENV', 'REDIS_PASSWORD: expected text, and half a character is none');
  }
  return password === '' ? undefined : password;
};

/** Whoever does not write TypeScript may have put a number there, or nothing where the variables should be. */
const readText = (env: Environment, name: string): string | undefined => {
  const value: unknown = (env as Environment | undefined)?.[name];
  if (value === undefined || value === null || typeof value === 'string') return value ?? undefined;
  throw new CacheError('ERR_ENV', `${name}: expected text, as process.env has it`);
};
