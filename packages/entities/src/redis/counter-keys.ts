import { CacheError } from '@keepsake/core';

const ESCAPES: Readonly<Record<string, string>> = { '%': '%25', '{': '%7B', '}': '%7D' };
const LONGEST = 128;

/**
 * Where the counters of one name lie: each at `<prefix>~w:{name}:<id>`, the list of those that wait for a flush at
 * `<prefix>~ww:{name}`, of those in flight at `<prefix>~wf:{name}`, an operation at `<prefix>~wo:{name}:<operation>`. All
 * in one slot: a flush reaches them in one step.
 */
export class CounterKeys {
  /** Before the id of a counter. */
  readonly stem: string;
  readonly waiting: string;
  readonly inFlight: string;
  readonly #operation: string;

  /** @throws CacheError ERR_OPTION */
  constructor(prefix: string, name: string) {
    checkText('prefix', prefix);
    checkText('name', name);
    const tag = `{${name.replace(/[%{}]/g, (c) => ESCAPES[c] ?? c)}}`;
    this.stem = `${prefix}~w:${tag}:`;
    this.waiting = `${prefix}~ww:${tag}`;
    this.inFlight = `${prefix}~wf:${tag}`;
    this.#operation = `${prefix}~wo:${tag}:`;
  }

  counter(id: string): string {
    return this.stem + id;
  }

  operation(operation: string): string {
    return this.#operation + operation;
  }
}

const checkText = (what: string, text: unknown): void => {
  if (typeof text === 'string' && text.length > 0 && text.length <= LONGEST && text.isWellFormed()) return;
  throw new CacheError('ERR_OPTION', `${what}: expected a string of 1 to ${LONGEST} characters`);
};
