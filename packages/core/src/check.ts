/** What a caller gives is looked at once, where it comes in; misuse throws and says what was expected. */
import { CacheError, type ErrorCode } from './errors.ts';

/** @throws CacheError always. What was given is not shown: to make a text of it could fail, or tell a secret. */
export const refuse = (what: string, expected: string, code: ErrorCode = 'ERR_OPTION'): never => {
  throw new CacheError(code, `${what}: expected ${expected}`);
};

export const isObject = (given: unknown): given is object => typeof given === 'object' && given !== null;

export const checkObject = (what: string, given: unknown): void => {
  if (!isObject(given)) refuse(what, 'an object');
};

/**
 * Options that say something must be known: one that is not would be ignored in silence where there is no compiler.
 * `hint`: what is added about the name of one.
 */
export const checkKnown = (
  what: string,
  given: unknown,
  known: readonly string[],
  hint: (name: string) => string = () => '',
): void => {
  if (!isObject(given)) return refuse(what, 'an object of options');
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || known.includes(name)) continue;
    throw new CacheError('ERR_OPTION', `${what}: there is no option '${name}'${hint(name)}`);
  }
};

export const checkFunction = (what: string, given: unknown): void => {
  if (typeof given !== 'function') refuse(what, 'a function');
};

/** Those that are given must be functions. */
export const checkFunctions = (given: object): void => {
  for (const [name, one] of Object.entries(given)) if (one !== undefined) checkFunction(name, one);
};

/** What is given for a port, if anything is: it must have the port's methods. */
export const checkPort = <T>(what: string, given: T, methods: readonly string[]): T => {
  if (given !== undefined && given !== null) {
    for (const method of methods)
      checkFunction(`${what}.${method}`, (given as Record<string, unknown>)[method]);
  }
  return given;
};

export const inRange = (what: string, value: unknown, low: number, high: number): number =>
  typeof value === 'number' && value >= low && value <= high
    ? value
    : refuse(what, `a number from ${low} to ${high}`);

export const oneOf = <T extends string>(what: string, value: T, allowed: readonly T[]): T =>
  allowed.includes(value) ? value : refuse(what, allowed.join(' or '));
