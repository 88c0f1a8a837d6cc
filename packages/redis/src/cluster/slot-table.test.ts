import { describe, expect, it } from 'vitest';
import { parseRedirection } from './redirection.ts';
import { parseSlots } from './slot-table.ts';

const askedAt = { host: 'here', port: 1 };
const text = (value: string): Buffer => Buffer.from(value);

describe('the reply of CLUSTER SLOTS', () => {
  it('gives runs of slots with their master first; a node without an address is where it was asked', () => {
    const reply = [
      [0, 5, [text('a'), 7_000, text('id'), []], [text('b'), 7_001, text('id')]],
      [6, 16_383, [null, 7_002, text('id')], [text('?'), 7_003, text('id')]],
    ];
    expect(parseSlots(reply, askedAt)).toEqual([
      {
        first: 0,
        last: 5,
        nodes: [
          { host: 'a', port: 7_000 },
          { host: 'b', port: 7_001 },
        ],
      },
      { first: 6, last: 16_383, nodes: [{ host: 'here', port: 7_002 }] },
    ]);
  });

  it.each([
    ['no list', 'OK'],
    ['nobody', []],
    ['a run beyond the last slot', [[0, 16_384, [text('a'), 1]]]],
    ['a run backwards', [[5, 4, [text('a'), 1]]]],
    ['a run of nobody', [[0, 1]]],
    ['a slot that is no number', [['x', 1, [text('a'), 1]]]],
  ])('with %s is refused', (_, reply) => {
    expect(() => parseSlots(reply, askedAt)).toThrow(TypeError);
  });
});

describe('a redirection', () => {
  it.each([
    ['MOVED 3999 127.0.0.1:6381', { slot: 3_999, to: { host: '127.0.0.1', port: 6_381 }, isOnce: false }],
    ['ASK 0 node.example:1', { slot: 0, to: { host: 'node.example', port: 1 }, isOnce: true }],
    ['MOVED 1 ::1:6381', { slot: 1, to: { host: '::1', port: 6_381 }, isOnce: false }],
    ['MOVED 16384 a:1', undefined],
    ['MOVED 1 a:0', undefined],
    ['MOVED __proto__ a:1', undefined],
    ['TRYAGAIN Multiple keys', undefined],
  ])('%s', (reply, expected) => {
    expect(parseRedirection(reply)).toEqual(expected);
  });
});
