import { readStored, type StoredResponse, type VaryRecord } from './stored-response.ts';

/** What lies in the store, checked before it is believed. */
export class CheckedEntries {
  readonly #checked = new WeakMap<object, StoredResponse | VaryRecord>();

  /** What was made here need not be checked when it comes back by reference. */
  own(response: StoredResponse): StoredResponse {
    this.#checked.set(response, response);
    return response;
  }

  read(value: unknown, tuple: string): StoredResponse | VaryRecord | undefined {
    if (typeof value !== 'object' || value === null) return undefined;
    const known = this.#checked.get(value);
    if (known) return known.tuple === tuple ? known : undefined;
    return readStored(value, tuple);
  }

  /**
   * What memory gives, the same object again and again: checked once. To remember costs a microsecond, so what another
   * store makes anew for each read is not.
   */
  readNear(value: unknown, tuple: string): StoredResponse | VaryRecord | undefined {
    const stored = this.read(value, tuple);
    if (stored && !this.#checked.has(value as object)) this.#checked.set(value as object, stored);
    return stored;
  }
}
