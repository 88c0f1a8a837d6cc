import { deepStrictEqual } from 'node:assert';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binaryCodec } from './binary-codec.ts';
import type { Codec } from './codec.ts';
import { jsonCodec } from './json-codec.ts';

const roundTrip = (codec: Codec, value: unknown): unknown => codec.decode(codec.encode(value));

class Point {
  x = 1;
  y = new Date(2);
  distance(): number {
    return this.x;
  }
}

class Empty {
  readonly #secret = 1;
  reveal(): number {
    return this.#secret;
  }
}

class OwnFloats extends Float32Array {}

const circular = (): object => {
  const self: Record<string, unknown> = {};
  self['self'] = self;
  return self;
};

const nested = (depth: number): unknown => {
  let value: unknown = 'core';
  for (let i = 0; i < depth; i += 1) value = i % 2 === 0 ? [value] : { value };
  return value;
};

/** Everything that a cache promises to keep, at any place in a value. */
const anyValue = fc.letrec((tie) => ({
  leaf: fc.oneof(
    fc.string({ unit: 'binary' }),
    // Lone surrogates among them.
    fc.array(fc.integer({ min: 0xd700, max: 0xe000 })).map((units) => String.fromCharCode(...units)),
    fc.double(),
    fc.integer(),
    fc.bigInt(),
    fc.boolean(),
    fc.constantFrom(null, undefined, -0, NaN, Infinity, -Infinity, 2 ** 53 - 1, -(2 ** 53), 2 ** 63, 1e300),
    fc.date({ noInvalidDate: false }),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.float32Array(),
    fc.float64Array(),
    fc.bigInt64Array(),
    fc.uint8ClampedArray(),
    fc.uint16Array().map((a) => a.subarray(1)),
    fc.constantFrom(/a[b]/giu, new Uint8Array([1, 2]).buffer, new DataView(new ArrayBuffer(3))),
  ),
  map: fc.array(fc.tuple(tie('any'), tie('any')), { maxLength: 4 }).map((entries) => new Map(entries)),
  set: fc.array(tie('any'), { maxLength: 4 }).map((items) => new Set(items)),
  array: fc.array(tie('any'), { maxLength: 5 }),
  object: fc.dictionary(
    fc.oneof(
      fc.string(),
      fc.constantFrom(
        '__proto__',
        'constructor',
        'toString',
        'hasOwnProperty',
        '$keepsake',
        'of',
        '',
        '\ud800',
      ),
    ),
    tie('any'),
    { maxKeys: 5, noNullPrototype: true },
  ),
  any: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    tie('leaf'),
    tie('array'),
    tie('object'),
    tie('map'),
    tie('set'),
  ),
})).any;

describe.each([
  ['binary', binaryCodec],
  ['json', jsonCodec],
])('%s codec', (_, codec) => {
  it('gives back every value as it was', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        // Not vitest's own: it takes a field named `constructor` for the type.
        deepStrictEqual(roundTrip(codec, value), value);
      }),
      { numRuns: 2_000 },
    );
  });

  it('keeps the type of every typed array, and of a Buffer, as bytes', () => {
    for (const value of [
      new Int8Array([-1]),
      new Uint8Array([255]),
      new Uint8ClampedArray([300]),
      new Int16Array([-2]),
      new Uint16Array([65_535]),
      new Int32Array([-3]),
      new Uint32Array([2 ** 32 - 1]),
      new Float32Array([1.5]),
      new Float64Array([Math.PI]),
      new BigInt64Array([-4n]),
      new BigUint64Array([2n ** 64n - 1n]),
      Buffer.from('bytes'),
      new Uint8Array([1, 2, 3, 4]).subarray(1, 3),
    ]) {
      const back = roundTrip(codec, value);
      expect(back).toStrictEqual(value);
      expect((back as object).constructor).toBe(value.constructor);
    }
  });

  it('gives back bytes that share nothing with what was decoded', () => {
    const encoded = codec.encode({ bytes: Buffer.from('abc') });
    const { bytes } = codec.decode(encoded) as { bytes: Buffer };
    encoded.fill(0);
    expect(bytes.toString()).toBe('abc');
  });

  it('gives back a subclass of a typed array as what it extends', () => {
    expect(roundTrip(codec, new OwnFloats([1, 2]))).toStrictEqual(new Float32Array([1, 2]));
  });

  it('keeps name, message, stack, fields and cause of an error', () => {
    const error = Object.assign(new TypeError('bad', { cause: new Map([[1, new Date(3)]]) }), {
      code: 'E',
      at: [-0],
    });
    const back = roundTrip(codec, [error]) as [TypeError & { code: string; at: number[] }];
    expect(back[0]).toBeInstanceOf(TypeError);
    expect([back[0].name, back[0].message, back[0].stack]).toEqual(['TypeError', 'bad', error.stack]);
    expect(back[0].cause).toStrictEqual(new Map([[1, new Date(3)]]));
    expect([back[0].code, back[0].at]).toStrictEqual(['E', [-0]]);
    expect(Object.keys(back[0])).toEqual(['code', 'at']);
  });

  it('keeps a field named __proto__ an own field and pollutes nothing', () => {
    const value: unknown = JSON.parse(
      '{"__proto__":{"polluted":1},"deep":[{"__proto__":-1,"constructor":2}]}',
    );
    const back = roundTrip(codec, value) as Record<string, unknown>;
    expect(Object.keys(back)).toEqual(['__proto__', 'deep']);
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(JSON.stringify(back)).toBe(JSON.stringify(value));
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('makes a plain copy of a class instance, and a value of a boxed primitive', () => {
    expect(roundTrip(codec, new Point())).toStrictEqual({ x: 1, y: new Date(2) });
    expect(roundTrip(codec, [Object(1), Object('a'), Object(false)])).toStrictEqual([1, 'a', false]);
  });

  it.each([
    ['a function', { f: () => 1 }],
    ['a method', [{ m() {} }]],
    ['a symbol', new Set([Symbol('s')])],
    ['a promise', Promise.resolve(1)],
    ['an object without data of its own', new Empty()],
    ['a circle', circular()],
    ['a circle through a map', (() => new Map<string, unknown>().set('self', [circular()]))()],
    ['nesting 100,000 deep', nested(100_000)],
  ])('refuses %s with ERR_SERIALIZE', (_name, value) => {
    expect(() => codec.encode(value)).toThrow(expect.objectContaining({ code: 'ERR_SERIALIZE' }) as Error);
  });

  it('carries nesting 900 deep', () => {
    expect(roundTrip(codec, nested(900))).toStrictEqual(nested(900));
  });

  it('does not change what it is given', () => {
    const value = { list: [-0, new Error('e')], ['__proto__']: 1, map: new Map([['k', new OwnFloats(1)]]) };
    const before = structuredClone(value);
    codec.encode(value);
    expect(value.list[0]).toBe(-0);
    expect(value.map.get('k')).toBeInstanceOf(OwnFloats);
    expect(Object.keys(value)).toEqual(Object.keys(before));
  });
});

it('the binary codec keeps a Float32Array as bytes: 2,048 of 512 numbers and 6 around them', () => {
  expect(binaryCodec.encode(new Float32Array(512)).length).toBe(2_054);
});

it('the JSON codec writes plain data as plain JSON', () => {
  const value = { a: [1, 'x', null, true], b: { c: 1.5 } };
  expect(jsonCodec.encode(value).toString()).toBe(JSON.stringify(value));
});
