import { readStored, type StoredResponse, type VaryRecord } from './stored-response.ts';

/** What lies in the store, checked before it is believed; once an object, for L1 gives the same one by reference. */
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
    const stored = readStored(value, tuple);
    if (stored) this.#checked.set(value, stored);
    return stored;
  }
}
