/** Every `code` that a Keepsake error can carry. Codes are stable; messages are not. */
export type ErrorCode =
  | 'ERR_TTL'
  | 'ERR_KEY'
  | 'ERR_VALUE'
  | 'ERR_SERIALIZE'
  | 'ERR_TAG'
  | 'ERR_PATTERN'
  | 'ERR_OPTION'
  | 'ERR_ENV'
  | 'ERR_COUNTER'
  | 'ERR_TIMEOUT'
  | 'ERR_LOADER'
  | 'ERR_LOAD_MANY'
  | 'ERR_UNAVAILABLE'
  | 'ERR_CONNECT'
  | 'ERR_CLOSED'
  | 'ERR_LOCK_TIMEOUT'
  | 'ERR_LOCK_LOST'
  | 'ERR_LOCK_NAME'
  | 'ERR_LOCK_UNSUPPORTED'
  | 'ERR_HTTP_OPTION';

/**
 * The one error class that Keepsake throws for misuse and for failures of its own parts.
 * `code` says which; `cause` keeps what lies behind it. Messages never hold cached values or secrets.
 *
 * @example
 * ```ts
 * import { createCache, isCacheError } from '@keepsake/core';
 *
 * const cache = createCache();
 * const error = await cache.set('answer', undefined).catch((e: unknown) => e);
 * console.log(isCacheError(error) && error.code); // 'ERR_VALUE'
 * ```
 */
export class CacheError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'CacheError';
    this.code = code;
  }
}

/** Whether `error` is a CacheError, from this copy of the package or another. */
export const isCacheError = (error: unknown): error is CacheError =>
  error instanceof CacheError ||
  (error instanceof Error && error.name === 'CacheError' && typeof (error as CacheError).code === 'string');

/** What was asked had been closed. */
export const isClosed = (error: unknown): boolean => isCacheError(error) && error.code === 'ERR_CLOSED';
