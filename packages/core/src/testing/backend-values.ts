import { escapeGlob } from '../glob.ts';
import { item, valueOf } from './backend-harness.ts';
import type { BackendCase } from './backend-harness.ts';
import { assertEqual } from './runner.ts';

const VALUES: readonly (readonly [string, unknown])[] = [
  ['null, zero, empty text, false and an empty list', [null, 0, '', false, []]],
  ['NaN, infinities and minus zero', [NaN, Infinity, -Infinity, -0]],
  ['bigint', [10n ** 30n, -1n]],
  ['dates', new Date(1_700_000_000_123)],
  [
    'maps and sets',
    new Map<unknown, unknown>([
      ['a', new Set([1, 'x'])],
      [7, null],
    ]),
  ],
  ['bytes', new Uint8Array([0, 1, 127, 128, 255])],
  ['floats as themselves', new Float32Array([0.1, -2.5, 3e38])],
  ['other typed arrays', [new Int16Array([-1, 2]), new Float64Array([Math.PI]), new BigInt64Array([-5n])]],
  ['errors', new TypeError('no such album')],
  ['regular expressions', /a+b/gi],
  ['text of any kind', 'line\r\nNUL\u0000 emoji 😀 \u2028'],
  ['fields that hold undefined', { a: undefined, b: 1 }],
  ['deep nesting', Array.from({ length: 60 }).reduce<unknown>((inner) => ({ inner }), 'core')],
];

const KEYS = [
  '__proto__',
  'constructor',
  'a b',
  'a\r\nb',
  'NUL\u0000',
  '😀',
  'a{b}c',
  '{',
  '}{',
  '{}x',
  'ä',
  '%',
  '~x',
];

export const backendValues: readonly BackendCase[] = [
  ...VALUES.map(([what, value]): BackendCase => [
    what,
    async ({ backend }) => {
      assertEqual(await backend.setMany([item('v', value)]), ['stored'], 'outcome');
      assertEqual(await valueOf(backend, 'v'), value, 'value');
    },
  ]),
  [
    'a field named __proto__ stays a field and reaches no prototype',
    async ({ backend }) => {
      const value: unknown = JSON.parse('{"__proto__": {"polluted": true}, "a": 1}');
      await backend.setMany([item('v', value)]);
      const read = (await valueOf(backend, 'v')) as { a: number; polluted?: boolean };
      assertEqual(read.a, 1, 'a');
      assertEqual(read.polluted, undefined, 'prototype');
    },
  ],
  [
    'a negative entry is an entry without a value',
    async ({ backend }) => {
      await backend.setMany([item('n', undefined, { negative: true })]);
      assertEqual(await valueOf(backend, 'n'), undefined, 'value');
    },
  ],
  [
    'keys of any text are apart, are listed, and can be removed',
    async ({ backend }) => {
      await backend.setMany(KEYS.map((key) => item(key, `value of ${key}`)));
      for (const key of KEYS) assertEqual(await valueOf(backend, key), `value of ${key}`, key);
      const listed: string[] = [];
      for await (const key of backend.keys('*')) listed.push(key);
      assertEqual([...new Set(listed)].sort(), [...KEYS].sort(), 'keys');
      assertEqual(await backend.size(), KEYS.length, 'size');
      assertEqual(await backend.removeMany(KEYS, 'delete'), KEYS.length, 'removed');
      assertEqual(await backend.size(), 0, 'size afterwards');
    },
  ],
  [
    'long keys are apart even where only their ends differ',
    async ({ backend }) => {
      const long = 'k'.repeat(10_000);
      await backend.setMany([item(`${long}1`, 1), item(`${long}2`, 2)]);
      assertEqual([await valueOf(backend, `${long}1`), await valueOf(backend, `${long}2`)], [1, 2], 'values');
      assertEqual(await backend.clear(`${'k'.repeat(100)}*`), 2, 'cleared by prefix');
    },
  ],
  [
    'a glob lists and clears what the server would match',
    async ({ backend }) => {
      const keys = ['album:1', 'album:2', 'album:10', 'photo:1', 'a*b', 'axb'];
      await backend.setMany(keys.map((key) => item(key, 1)));
      const matching = async (pattern: string): Promise<string[]> => {
        const found = new Set<string>();
        for await (const key of backend.keys(pattern)) found.add(key);
        return [...found].sort();
      };
      assertEqual(await matching('album:?'), ['album:1', 'album:2'], '?');
      assertEqual(await matching('album:[^2]*'), ['album:1', 'album:10'], 'class');
      assertEqual(await matching(escapeGlob('a*b')), ['a*b'], 'escaped');
      assertEqual(await backend.size('album:*'), 3, 'size');
      assertEqual(await backend.clear('a*b'), 2, 'cleared');
      assertEqual(await backend.size('*'), 4, 'left');
    },
  ],
];
