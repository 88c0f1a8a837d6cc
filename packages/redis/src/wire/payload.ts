/** Encoded bytes, and which codec reads them. 0 to 63 are ours: see codec.ts, compression.ts, encryption.ts. */
export interface Payload {
  readonly codec: number;
  readonly payload: Buffer;
}

/** Why a payload gives no value. `schema`: intact, but this process cannot read it, so it is not ours to delete. */
export interface Unreadable {
  readonly reason: 'corrupt' | 'schema';
  readonly detail: string;
}
