import type { ByteBudget } from './budget.ts';

/** Why a body was given up: it is no failure of the response, which goes on to its client. */
export type Abandoned = 'too-long' | 'cut-short' | 'unwanted';

/**
 * Gathers a copy of a body that streams past, up to a limit. A body is complete only when its end was
 * seen and all that its Content-Length promised had come; what lies beyond the promise is no part of it.
 */
export class BodyCollector {
  readonly #limit: number;
  readonly #declared: number | undefined;
  readonly #budget: ByteBudget;
  readonly #onEnd: (body: Uint8Array | Abandoned) => void;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #isOpen = true;

  constructor(
    limits: {
      readonly maxBytes: number;
      readonly declaredLength: number | undefined;
      readonly budget: ByteBudget;
    },
    onEnd: (body: Uint8Array | Abandoned) => void,
  ) {
    this.#limit = limits.maxBytes;
    this.#declared = limits.declaredLength;
    this.#budget = limits.budget;
    this.#onEnd = onEnd;
  }

  /** Whether chunks are still wanted. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether a body of this length, all of it at hand, is complete and within the limit. */
  admits(bytes: number): boolean {
    return this.#declared === undefined ? bytes <= this.#limit : bytes >= this.#declared;
  }

  /** Copies the chunk: its owner may use the memory again. */
  push(chunk: Uint8Array): void {
    if (!this.#isOpen) return;
    if (!(chunk instanceof Uint8Array)) return this.abort();
    const room = (this.#declared ?? Infinity) - this.#bytes;
    const part = chunk.byteLength > room ? chunk.subarray(0, room) : chunk;
    if (this.#bytes + part.byteLength > this.#limit || !this.#budget.take(part.byteLength)) {
      this.#close('too-long');
      return;
    }
    this.#bytes += part.byteLength;
    this.#chunks.push(Uint8Array.from(part));
  }

  /** The body has ended. Its bytes stay in the budget until `settle`. */
  end(): void {
    if (!this.#isOpen) return;
    if (this.#bytes < (this.#declared ?? 0)) this.#close('cut-short');
    else this.#close(joined(this.#chunks, this.#bytes));
  }

  /** The body will not come to its end. */
  abort(): void {
    if (this.#isOpen) this.#close('cut-short');
  }

  /** The response is not to be stored after all. */
  refuse(): void {
    if (this.#isOpen) this.#close('unwanted');
  }

  #close(outcome: Uint8Array | Abandoned): void {
    this.#isOpen = false;
    this.#chunks = [];
    if (typeof outcome === 'string') this.settle();
    this.#onEnd(outcome);
  }

  /** Gives the budget back, once the bytes are no longer held on this body's account. */
  settle(): void {
    this.#budget.giveBack(this.#bytes);
    this.#bytes = 0;
  }
}

const joined = (chunks: readonly Uint8Array[], bytes: number): Uint8Array => {
  const [only] = chunks;
  if (only && chunks.length === 1) return only;
  const body = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.byteLength;
  }
  return body;
};
