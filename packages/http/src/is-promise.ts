import type { MaybePromise } from '@keepsake/core';

/** What need not be awaited is not: a hit from memory then costs no turn of the microtask queue. */
export const isPromise = <T>(given: MaybePromise<T>): given is Promise<T> => given instanceof Promise;
