import { CacheError } from '@keepsake/core';
import { hasFunctions, isObject } from './option-checks.ts';

/** The entries of this package, and what each is called with. */
const CALLS = {
  '@keepsake/http': 'a handler, (request: Request) => Response',
  '@keepsake/http/node': '(req, res, next) of node:http, Connect or Express',
  '@keepsake/http/fastify': 'app.register(...) of Fastify',
  '@keepsake/http/hono': 'app.use(...) of Hono, with its context and next',
  '@keepsake/http/koa': 'app.use(...) of Koa, with its context and next',
} as const;

type Entry = keyof typeof CALLS;

/**
 * What is thrown where the cache of one framework was given to another. Each of them calls whatever it is given, and
 * what came of that would be an error that names nothing, or a request without an answer.
 */
export const wrongCall = (entry: Entry, given: unknown): CacheError => {
  const meant = entryOf(given);
  const hint = meant && meant !== entry ? `; for this framework, import httpCache from '${meant}'` : '';
  return new CacheError('ERR_HTTP_OPTION', `httpCache of '${entry}': expected ${CALLS[entry]}${hint}`);
};

export const isFunction = (value: unknown): boolean => typeof value === 'function';

/** By what only this framework gives first. */
const entryOf = (given: unknown): Entry | undefined => {
  if (isNodeRequest(given)) return '@keepsake/http/node';
  if (isFetchRequest(given)) return '@keepsake/http';
  if (isFastify(given)) return '@keepsake/http/fastify';
  if (isHonoContext(given)) return '@keepsake/http/hono';
  return isKoaContext(given) ? '@keepsake/http/koa' : undefined;
};

export const isNodeRequest = (given: unknown): boolean =>
  isObject(given) && Array.isArray(given['rawHeaders']);

export const isFetchRequest = (given: unknown): boolean =>
  isObject(given) && typeof given['url'] === 'string' && hasFunctions(given['headers'], ['get', 'forEach']);

export const isFetchResponse = (given: unknown): boolean =>
  isObject(given) &&
  typeof given['status'] === 'number' &&
  hasFunctions(given['headers'], ['get', 'forEach']);

export const isFastify = (given: unknown): boolean => hasFunctions(given, ['addHook', 'register']);

export const isHonoContext = (given: unknown): boolean =>
  isObject(given) && isObject(given['req']) && isFetchRequest(given['req']['raw']);

export const isKoaContext = (given: unknown): boolean =>
  isObject(given) && isNodeRequest(given['req']) && isObject(given['res']);
