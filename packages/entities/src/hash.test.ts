import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MAX_DEPTH } from './canonical.ts';
import { hashContent, hashQuery } from './hash.ts';

describe('hashQuery', () => {
  it('gives 32 hex characters', () => {
    expect(hashQuery('beach')).toMatch(/^[0-9a-f]{32}$/);
  });

  it('does not depend on the order in which an object, a map or a set was filled', () => {
    expect(hashQuery({ a: 1, b: { c: 2, d: 3 } })).toBe(hashQuery({ b: { d: 3, c: 2 }, a: 1 }));
    expect(hashQuery(new Set(['x', 'y']))).toBe(hashQuery(new Set(['y', 'x'])));
    expect(
      hashQuery(
        new Map([
          ['x', 1],
          ['y', 2],
        ]),
      ),
    ).toBe(
      hashQuery(
        new Map([
          ['y', 2],
          ['x', 1],
        ]),
      ),
    );
  });

  it('keeps apart whatever differs', () => {
    const values = [
      'beach', 'Beach', ' beach', 'beach ', 'bea\nch', '', '1', 1, 1n, true, 'true', null, 'null', undefined,
      'undefined', NaN, Infinity, -Infinity, 0.1, [], {}, [1], [[1]], ['1'], [1, 2], [2, 1], ['1,2'], [undefined],
      [null], { a: 1 }, { a: '1' }, { a: undefined }, { 'a":1,"b': 2 }, { a: 1, b: 2 }, ['a', 'b'], ['a,b'],
      new Date(0), new Date(1), '1970-01-01T00:00:00.000Z', 'Date(0)', new Map(), new Set(), new Map([[1, 2]]),
      new Set([1]), new Set([[1, 2]]), new Uint8Array([1]), new Uint8Array([1, 0]), new Int8Array([1]), 'é', 'e\u0301',
      '\ud800', '\ufffd', '\\ud800', JSON.parse('{"__proto__":1}') as object,
    ]; // prettier-ignore
    expect(new Set(values.map(hashQuery)).size).toBe(values.length);
  });

  it('takes -0 for 0, holes for undefined, and bytes by their content', () => {
    expect(hashQuery(-0)).toBe(hashQuery(0));
    expect(hashQuery(new Array(1))).toBe(hashQuery([undefined]));
    expect(hashQuery(Buffer.from('ab'))).toBe(hashQuery(new Uint8Array([97, 98])));
    expect(hashQuery(new Uint8Array([97, 98]).buffer)).toBe(hashQuery(new Uint8Array([97, 98])));
  });

  it('refuses what has no canonical form, and depth without end', () => {
    class Opaque {
      readonly #secret = 1;
      reveal(): number {
        return this.#secret;
      }
    }
    const loop: unknown[] = [];
    loop.push(loop);
    for (const value of [() => 1, Symbol('s'), new Opaque(), { [Symbol('s')]: 1 }, /a/, loop]) {
      expect(() => hashQuery(value)).toThrow(expect.objectContaining({ code: 'ERR_SERIALIZE' }));
    }
    let deep: unknown = 1;
    for (let i = 0; i < MAX_DEPTH; i += 1) deep = [deep];
    expect(hashQuery(deep)).toHaveLength(32);
    expect(() => hashQuery([deep])).toThrow(expect.objectContaining({ code: 'ERR_SERIALIZE' }));
  });
});

describe('hashContent', () => {
  it('is the start of the SHA-256 of the bytes, be they a view or a buffer', () => {
    const bytes = new TextEncoder().encode('a portrait');
    const expected = createHash('sha256').update(bytes).digest('hex').slice(0, 32);
    expect(hashContent(bytes)).toBe(expected);
    expect(hashContent(Buffer.from(bytes))).toBe(expected);
    expect(hashContent(bytes.slice().buffer)).toBe(expected);
    expect(hashContent(Buffer.concat([Buffer.from('xx'), bytes]).subarray(2))).toBe(expected);
  });

  it('refuses what is no bytes', () => {
    expect(() => hashContent('a portrait' as unknown as Uint8Array)).toThrow(
      expect.objectContaining({ code: 'ERR_VALUE' }),
    );
  });
});
