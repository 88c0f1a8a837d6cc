import { checkKnown } from '../check.ts';
import { suggestion } from './suggestion.ts';

/** Every option of `T`, by name: as a record, so that the compiler misses none. */
export type Words<T> = Readonly<Record<Extract<keyof T, string>, true>>;

/**
 * Refuses an option by a name that nobody knows: it would be ignored in silence where there is no compiler. One that is
 * undefined says nothing, and is let be. For what is built beside a cache, such as a backend of your own.
 *
 * @example
 * ```ts
 * import { refuseUnknown } from '@keepsake/core/words';
 *
 * try {
 *   refuseUnknown('MyBackend', { prefx: 'app:' }, { url: true, prefix: true });
 * } catch (error) {
 *   console.log(String(error)); // CacheError: MyBackend: there is no option 'prefx'; did you mean 'prefix'?
 * }
 * ```
 * @throws CacheError ERR_OPTION that names the first unknown one, and the known one that it may be a slip of; never what
 * was given for it. ERR_OPTION, too, for no object.
 */
export const refuseUnknown = (what: string, given: unknown, known: object): void => {
  const words = Object.keys(known);
  checkKnown(what, given, words, (name) => suggestion(name, words));
};
