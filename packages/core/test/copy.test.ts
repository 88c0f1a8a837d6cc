import { describe, expect, it } from 'vitest';
import { copyValue } from '../src/copy.ts';

describe('a copy', () => {
  it.each<[string, unknown]>([
    ['plain data', { a: [1, { b: 'x' }], c: null, d: undefined }],
    ['dates, maps, sets', [new Date(5), new Map([[{ k: 1 }, new Set([1])]]), /a/gi]],
    [
      'bytes of every kind',
      [new Uint8Array([1]), new Float32Array([0.5]), new ArrayBuffer(3), new BigInt64Array([1n])],
    ],
    ['bigint, NaN, minus zero', [1n, NaN, -0]],
    ['errors', new RangeError('r', { cause: new Error('c') })],
    ['a buffer', Buffer.from('abc')],
  ])('of %s is equal and shares nothing', (_, value) => {
    const copy = copyValue(value);
    expect(copy).toEqual(value);
    expect(copy).not.toBe(value);
  });

  it('of a view shares no memory, Buffer included', () => {
    const buffer = Buffer.from('abc');
    const copy = copyValue(buffer);
    buffer[0] = 0;
    expect(copy.toString()).toBe('abc');
    const view = new DataView(new ArrayBuffer(8), 2, 4);
    view.setInt8(0, 7);
    expect(copyValue(view)).toMatchObject({ byteLength: 4 });
    expect(copyValue(view).getInt8(0)).toBe(7);
  });

  it('of a small graph whose parts are shared many times over is refused, not unfolded', () => {
    let node: unknown = 1;
    for (let i = 0; i < 40; i += 1) node = [node, node];
    expect(() => copyValue(node)).toThrow(expect.objectContaining({ code: 'ERR_SERIALIZE' }));
  });
});
