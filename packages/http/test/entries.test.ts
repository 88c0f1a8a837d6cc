import { createCache } from '@keepsake/core';
import { httpCache } from '@keepsake/http';
import { describe, expect, it } from 'vitest';
import { FORMAT, readStored, type StoredResponse } from '../src/stored-response.ts';

const TUPLE = '["GET"]';
const good = {
  kind: 'response',
  format: FORMAT,
  tuple: TUPLE,
  vary: [['accept', null]],
  status: 200,
  fields: [['X-A', '1']],
  body: new Uint8Array([1]),
  receivedAtMs: 1,
  initialAgeS: 0,
  lifetimeS: 60,
  explicit: true,
  shared: false,
  ownTag: false,
  addedMaxAge: false,
  alwaysValidate: false,
  mayBeStale: true,
  whileRevalidateS: 0,
  ifErrorS: 0,
  dependencies: [],
  query: null,
} satisfies StoredResponse;

/** What a cache does that believes its store. */
const naiveRead = (value: unknown): unknown =>
  typeof value === 'object' && value !== null ? value : undefined;

const inherited = (): object => Object.create(good) as object;
const without = (name: keyof typeof good): object =>
  Object.fromEntries(Object.entries(good).filter(([key]) => key !== name));

const BAD: readonly (readonly [string, unknown])[] = [
  ['an array', [good]],
  ['another format', { ...good, format: FORMAT + 1 }],
  ['a length of its own', { ...good, fields: [['Content-Length', '0']] }],
  ['a transfer coding', { ...good, fields: [['transfer-encoding', 'chunked']] }],
  ['a field of one connection', { ...good, fields: [['Upgrade', 'h2c']] }],
  ['a value that no byte stands for', { ...good, fields: [['X-A', '\u{1f600}']] }],
  ['a control character', { ...good, fields: [['X-A', '\u0001']] }],
  ['another key', { ...good, tuple: '["GET","x"]' }],
  ['an unknown kind', { ...good, kind: 'x' }],
  ['CR LF in a value', { ...good, fields: [['X-A', '1\r\nSet-Cookie: a=1']] }],
  ['LF in a name', { ...good, fields: [['X-A\n', '1']] }],
  ['NUL in a value', { ...good, fields: [['X-A', '\0']] }],
  ['a field without value', { ...good, fields: [['X-A']] }],
  ['fields that are no array', { ...good, fields: { 'X-A': '1' } }],
  ['a body of text', { ...good, body: 'x' }],
  ['a status out of range', { ...good, status: 99 }],
  ['a status of text', { ...good, status: '200' }],
  ['a lifetime that never ends', { ...good, lifetimeS: Infinity }],
  ['a lifetime that no field can say', { ...good, lifetimeS: 1e21 }],
  ['a negative age', { ...good, initialAgeS: -1 }],
  ['an age that is no whole number', { ...good, initialAgeS: 1.5 }],
  ['a time that is no number', { ...good, receivedAtMs: NaN }],
  ['Vary values of another shape', { ...good, vary: [['accept', 1]] }],
  ['all of it from a prototype', inherited()],
  ...Object.keys(good).map((name) => [`no ${name}`, without(name as keyof typeof good)] as const),
  ['a vary record without a generation', { kind: 'vary', format: FORMAT, tuple: TUPLE, names: [] }],
  [
    'a vary record of more names than are stored',
    {
      kind: 'vary',
      format: FORMAT,
      tuple: TUPLE,
      generation: 'g',
      names: Array.from({ length: 17 }, (_, i) => `x-${i}`),
    },
  ],
  [
    'a vary record of a long generation',
    { kind: 'vary', format: FORMAT, tuple: TUPLE, generation: 'g'.repeat(65), names: ['a'] },
  ],
  [
    'a vary record of no tokens',
    { kind: 'vary', format: FORMAT, tuple: TUPLE, generation: 'g', names: ['a b'] },
  ],
];

describe('what comes out of the store (9, 16)', () => {
  it('is believed when it is whole and lies where it belongs', () => {
    expect(readStored(good, TUPLE)).toEqual(good);
  });

  it.each(BAD)('is a miss with %s', (_, value) => {
    expect(readStored(value, TUPLE)).toBeUndefined();
    expect(naiveRead(value)).toBeDefined();
  });

  it('does not let a polluted prototype complete an entry', () => {
    const prototype = Object.prototype as unknown as Record<string, unknown>;
    prototype['shared'] = true;
    try {
      expect(readStored(without('shared'), TUPLE)).toBeUndefined();
      expect((naiveRead(without('shared')) as { shared: boolean }).shared).toBe(true);
    } finally {
      delete prototype['shared'];
    }
  });

  it("is replaced by the handler's response where it cannot be read", async () => {
    await using cache = createCache();
    let runs = 0;
    const handle = httpCache({ cache })(() => {
      runs += 1;
      return new Response('good', { headers: { 'Cache-Control': 'max-age=60' } });
    });
    const read = async () => (await handle(new Request('http://a/'))).text();
    await read();
    const stored = cache.namespace('http');
    for await (const key of stored.keys()) {
      const entry = await stored.get<StoredResponse>(key);
      await stored.set(key, {
        ...entry,
        fields: [['X-A', 'a\r\nX-B: b']],
        body: new TextEncoder().encode('evil'),
      });
    }
    expect(await read()).toBe('good');
    expect(await read()).toBe('good');
    expect(runs).toBe(2);
  });
});
