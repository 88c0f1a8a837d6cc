/** A value now or a promise of it: a backend that has the answer in hand need not cost a tick. */
export type MaybePromise<T> = T | Promise<T>;
