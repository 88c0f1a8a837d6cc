/** Whole numbers of 0 to 2^53-1 in 1 to 8 bytes: seven bits a byte, low ones first, the top bit says "more". */

export const writeVarint = (value: number, out: number[]): void => {
  let rest = value;
  while (rest >= 0x80) {
    out.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  out.push(rest);
};

/** Reads fields of a part of a buffer one after the other; past its end, or a number too large, it throws RangeError. */
export class Reader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get position(): number {
    return this.#at;
  }

  byte(): number {
    const at = this.#advance(1);
    return this.#bytes[at] ?? 0;
  }

  varint(): number {
    const first = this.byte();
    return first < 0x80 ? first : this.#longVarint(first & 0x7f);
  }

  take(length: number): Buffer {
    const at = this.#advance(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** UTF-8. */
  text(length: number): string {
    const at = this.#advance(length);
    return this.#bytes.toString('utf8', at, at + length);
  }

  #longVarint(low: number): number {
    let value = low;
    for (let scale = 0x80; scale <= 2 ** 49; scale *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (!Number.isSafeInteger(value)) break;
        return value;
      }
    }
    throw new RangeError('a number in it is too large');
  }

  /** Where the field begins. */
  #advance(length: number): number {
    const at = this.#at;
    if (length > this.#end - at) throw new RangeError('it ends too early');
    this.#at = at + length;
    return at;
  }
}
