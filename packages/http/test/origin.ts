/** A handler in no framework's shape, so that one table of behaviour runs on every adapter. */
export interface OriginRequest {
  readonly method: string;
  readonly url: string;
  header(name: string): string | undefined;
}

export interface OriginResponse {
  readonly status?: number;
  /** Fields of early hints (103) that go before, where the framework can send any. */
  readonly early?: readonly (readonly [string, string])[];
  readonly headers?: readonly (readonly [string, string])[];
  /** Chunks are sent one by one; `'abort'` breaks the body off there. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array | 'abort'>;
}

export type Origin = (request: OriginRequest) => OriginResponse | Promise<OriginResponse>;

/** A response that may be kept for a minute. */
export const fresh = (body: string, ...headers: (readonly [string, string])[]): OriginResponse => ({
  headers: [['Cache-Control', 'max-age=60'], ...headers],
  body,
});

/** Counts the runs of a handler. */
export const counted = (origin: Origin): Origin & { runs: number } => {
  const wrapped = Object.assign(
    (request: OriginRequest) => {
      wrapped.runs += 1;
      return origin(request);
    },
    { runs: 0 },
  );
  return wrapped;
};
