import type { Cache } from '@keepsake/core';

/**
 * Requests that are with their handler already, each with the caches that lead them there. Where a cache stands in
 * the way of a request twice, the second one would wait for the first, which waits for the second.
 */
const inside = new WeakMap<object, readonly Cache[]>();

/** `request` is the framework's own; it goes to its handler behind `cache`. */
export const enter = (request: object, cache: Cache): void => {
  const caches = inside.get(request) ?? [];
  if (!caches.includes(cache)) inside.set(request, [...caches, cache]);
};

export const isInside = (request: object, cache: Cache): boolean =>
  inside.get(request)?.includes(cache) ?? false;

/** A copy of a request is the same request. */
export const enterAs = (copy: object, request: object): void => {
  const caches = inside.get(request);
  if (caches) inside.set(copy, caches);
};
