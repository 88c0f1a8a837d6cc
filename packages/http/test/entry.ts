/** What is common to the entries of this cache and of the naive one. */
export interface Entry {
  readonly status: number;
  readonly fields: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}
