import { describe, expect, it } from 'vitest';
import { ageValue, currentAge, initialAge } from './age.ts';
import { mustBypass } from './bypass.ts';
import { parseCacheControl } from './cache-control.ts';
import { isNotModified } from './conditional.ts';
import { partThatCame } from './content-range.ts';
import { parseEntityTags, weaklyEqual } from './entity-tag.ts';
import { combinedValue, type FieldLines, isValidFieldLine, splitList } from './fields.ts';
import { freshnessLifetime, isFresh } from './freshness.ts';
import { storableFields } from './header-filter.ts';
import { favouriteLanguage, languageOf } from './language.ts';
import { lifetimeOf, mayAddMaxAge } from './lifetime.ts';
import { invalidates, isSafeMethod } from './method.ts';
import { requestControlOf, whyNotReusable } from './reusable.ts';
import { whyUnstorable } from './storable.ts';
import { responseControlOf } from './targeted.ts';
import { MAX_VARY_FIELDS, matchesVary, varyNames, varyValues } from './vary.ts';

const NOW = Date.UTC(2026, 0, 1);
const at = (offsetS: number): string => new Date(NOW + offsetS * 1_000).toUTCString();
const controlOf = (fields: FieldLines) => parseCacheControl(combinedValue(fields, 'cache-control'));

describe('freshness (RFC 9111 4.2.1)', () => {
  it.each<[string, FieldLines, number | undefined]>([
    ['s-maxage over max-age', [['Cache-Control', 'max-age=1, s-maxage=60']], 60],
    [
      's-maxage on another line',
      [
        ['Cache-Control', 'max-age=1'],
        ['cache-control', 's-maxage=60'],
      ],
      60,
    ],
    [
      'max-age over Expires',
      [
        ['Cache-Control', 'max-age=60'],
        ['Expires', at(-5)],
      ],
      60,
    ],
    [
      'max-age=0 over Expires',
      [
        ['Cache-Control', 'max-age=0'],
        ['Expires', at(60)],
      ],
      0,
    ],
    [
      'Expires over Date',
      [
        ['Expires', at(60)],
        ['Date', at(0)],
      ],
      60,
    ],
    [
      'Expires equal to Date',
      [
        ['Expires', at(60)],
        ['Date', at(60)],
      ],
      0,
    ],
    [
      'Expires before Date, both ahead',
      [
        ['Expires', at(60)],
        ['Date', at(90)],
      ],
      0,
    ],
    ['Expires without Date', [['Expires', at(60)]], 60],
    [
      'Expires with an invalid Date',
      [
        ['Expires', at(60)],
        ['Date', 'x'],
      ],
      60,
    ],
    ['an invalid Expires', [['Expires', '0']], 0],
    [
      'two Expires',
      [
        ['Expires', at(60)],
        ['Expires', at(60)],
      ],
      0,
    ],
    ['nothing', [['Last-Modified', at(-60)]], undefined],
  ])('%s', (_, fields, expected) => {
    expect(freshnessLifetime(fields, responseControlOf(fields, []), NOW)).toBe(expected);
  });

  it('ends when the age reaches the lifetime', () => {
    expect([isFresh(60, 59), isFresh(60, 60), isFresh(0, 0)]).toEqual([true, false, false]);
  });
});

describe('age (RFC 9111 4.2.3, 5.1)', () => {
  it.each([
    ['10', 10],
    ['10, 90', 10],
    ['-1', 0],
    ['1.5', 0],
    ['x', 0],
    ['', 0],
    ['99999999999', 2_147_483_648],
  ])('Age: %s is %i', (value, expected) => {
    expect(ageValue([['Age', value]])).toBe(expected);
  });

  it('takes the first of several lines', () => {
    expect(
      ageValue([
        ['Age', '5'],
        ['Age', '50'],
      ]),
    ).toBe(5);
  });

  it('is the greater of Age and of Date against our clock, and a Date ahead is no age', () => {
    expect(
      initialAge(
        [
          ['Age', '5'],
          ['Date', at(-30)],
        ],
        NOW,
      ),
    ).toBe(30);
    expect(
      initialAge(
        [
          ['Age', '50'],
          ['Date', at(-30)],
        ],
        NOW,
      ),
    ).toBe(50);
    expect(initialAge([['Date', at(3_600)]], NOW)).toBe(0);
  });

  it('grows with time and never shrinks when the clock steps back', () => {
    expect(currentAge(5, NOW, NOW + 10_999)).toBe(15);
    expect(currentAge(5, NOW, NOW - 3_600_000)).toBe(5);
  });
});

describe('storing (RFC 9111 3)', () => {
  const why = (response: FieldLines, request: FieldLines = [], status = 200) =>
    whyUnstorable({
      request,
      requestControl: requestControlOf(request),
      status,
      fields: response,
      control: controlOf(response),
      setCookie: 'skip',
    });

  it.each<[string, string | undefined]>([
    ['max-age=60', undefined],
    ['private', 'private'],
    ['PRIVATE', 'private'],
    ['private="a"', 'private'],
    ['private=""', 'private'],
    ['private=', 'malformed'],
    ['no-store', 'no-store'],
    ['no-store=1', 'no-store'],
    ['no-store, must-understand', undefined],
    ['no-cache', undefined],
    ['no-cache="a"', undefined],
    ['public, x="', 'malformed'],
  ])('Cache-Control: %s -> %s', (value, expected) => {
    expect(why([['Cache-Control', value]])).toBe(expected);
  });

  it.each<[number, string | undefined]>([
    [200, undefined],
    [299, undefined],
    [404, undefined],
    [599, undefined],
    [206, 'status'],
    [304, 'status'],
    [103, 'status'],
    [600, 'status'],
  ])('status %i -> %s', (status, expected) => {
    expect(why([], [], status)).toBe(expected);
  });

  it('refuses must-understand with a status that is not understood', () => {
    expect(why([['Cache-Control', 'no-store, must-understand']], [], 299)).toBe('no-store');
  });

  it.each<[string, string | undefined]>([
    ['max-age=60', 'authorization'],
    ['public', undefined],
    ['s-maxage=60', undefined],
    ['must-revalidate', undefined],
    ['proxy-revalidate', 'authorization'],
  ])('with Authorization and %s -> %s (3.5)', (value, expected) => {
    expect(why([['Cache-Control', value]], [['authorization', 'Basic x']])).toBe(expected);
  });

  it.each<[string, FieldLines, FieldLines]>([
    ['request-no-store', [], [['Cache-Control', 'no-store']]],
    ['set-cookie', [['set-cookie', 'a=1']], []],
    [
      'vary',
      [
        ['Vary', 'a'],
        ['Vary', 'b, *'],
      ],
      [],
    ],
    ['event-stream', [['Content-Type', 'Text/Event-Stream; charset=utf-8']], []],
    ['malformed', [['X-A', 'a\r\nSet-Cookie: b']], []],
    ['malformed', [['X-A', 'a\0']], []],
    ['malformed', [['X A', 'a']], []],
  ])('%s', (expected, response, request) => {
    expect(why(response, request)).toBe(expected);
  });
});

describe('reuse (RFC 9111 4, 5.2.1)', () => {
  const stored = {
    status: 200,
    fields: [],
    lifetimeS: 60,
    explicit: true,
    shared: false,
    alwaysValidate: false,
    mayBeStale: true,
    whileRevalidateS: 0,
    ifErrorS: 0,
  };
  it.each<[string, FieldLines, number, string | undefined]>([
    ['a plain request', [], 10, undefined],
    ['a stale response', [], 60, 'stale'],
    ['no-cache', [['Cache-Control', 'no-cache']], 10, 'request'],
    ['Pragma: no-cache', [['Pragma', 'no-cache']], 10, 'request'],
    [
      'Pragma beside Cache-Control',
      [
        ['Pragma', 'no-cache'],
        ['Cache-Control', 'max-age=20'],
      ],
      10,
      undefined,
    ],
    ['max-age that is met', [['Cache-Control', 'max-age=10']], 10, undefined],
    ['max-age that is not', [['Cache-Control', 'max-age=9']], 10, 'request'],
    ['min-fresh that is met', [['Cache-Control', 'min-fresh=50']], 10, undefined],
    ['min-fresh that is not', [['Cache-Control', 'min-fresh=51']], 10, 'request'],
    ['Authorization', [['Authorization', 'x']], 10, 'credentials'],
    ['Cookie, lifetime by the handler', [['Cookie', 'x']], 10, undefined],
  ])('%s', (_, request, age, expected) => {
    expect(whyNotReusable(stored, age, request, requestControlOf(request))).toBe(expected);
  });

  it('keeps from a request with Cookie what only an option made cacheable', () => {
    const request: FieldLines = [['Cookie', 'a=1']];
    const byDefault = { ...stored, explicit: false };
    expect(whyNotReusable(byDefault, 1, request, requestControlOf(request))).toBe('credentials');
  });
});

describe('lifetime in this cache', () => {
  const response = (status: number, value?: string) => {
    const fields: FieldLines = value === undefined ? [] : [['Cache-Control', value]];
    return { status, fields, ...responseControlOf(fields, []) };
  };
  it.each<[number, string | undefined, number | undefined, number, number]>([
    [200, 'max-age=5', undefined, 5, 5],
    [200, 'max-age=5', 60, 60, 5],
    [200, 's-maxage=5', 60, 5, 5],
    [200, undefined, 60, 60, 0],
    [200, 'max-age=0', 60, 60, 0],
    [200, 'max-age=abc', 60, 60, 0],
    [500, undefined, 60, 0, 0],
    [404, 'max-age=5', 60, 60, 5],
    [404, 'max-age=0', 60, 0, 0],
  ])(
    '%i with %s and serverTtl %s: %i s, %i s of it by the handler',
    (status, value, serverTtlS, seconds, ownS) => {
      expect(lifetimeOf(response(status, value), { serverTtlS, addedMaxAge: false }, NOW)).toMatchObject({
        seconds,
        ownS,
      });
    },
  );

  it('a max-age that an option added is not the word of the handler', () => {
    const policy = { serverTtlS: undefined, addedMaxAge: true };
    expect(lifetimeOf(response(200, 'max-age=60'), policy, NOW)).toMatchObject({ seconds: 60, ownS: 0 });
  });

  it('may add a default only where nothing was said and nobody is known', () => {
    expect(mayAddMaxAge([], { status: 200, fields: [] }, [])).toBe(true);
    expect(mayAddMaxAge([['Cookie', 'a']], { status: 200, fields: [] }, [])).toBe(false);
    expect(mayAddMaxAge([], { status: 404, fields: [] }, [])).toBe(false);
    expect(mayAddMaxAge([], { status: 200, fields: [['Pragma', 'no-cache']] }, [])).toBe(false);
  });
});

describe('Vary (RFC 9111 4.1, RFC 9110 12.5.5)', () => {
  it.each<[FieldLines, readonly string[] | '*']>([
    [
      [
        ['Vary', 'B, a'],
        ['Vary', 'A'],
      ],
      ['a', 'b'],
    ],
    [[['Vary', ' , *']], '*'],
    [[['Vary', '*, Foo']], '*'],
    [
      [
        ['Vary', 'Foo'],
        ['Vary', '*'],
      ],
      '*',
    ],
    [[['Vary', 'a b']], '*'],
    [[['Vary', '']], []],
    [[], []],
    [[['Vary', Array.from({ length: MAX_VARY_FIELDS + 1 }, (_, i) => `f${i}`).join()]], '*'],
  ])('%j names %j', (fields, expected) => {
    expect(varyNames(fields)).toEqual(expected);
  });

  it.each<[FieldLines, FieldLines, boolean]>([
    [
      [['Foo', '1, 2']],
      [
        ['foo', '1'],
        ['FOO', '2'],
      ],
      true,
    ],
    [[['Foo', '1,2']], [['Foo', ' 1 ,  2']], true],
    [[['Foo', '1,2']], [['Foo', '2,1']], false],
    [[['Foo', '"a,b"']], [['Foo', '"a, b"']], false],
    [[['Foo', '']], [], false],
    [[], [], true],
    [[['Foo', 'a']], [['Foo', 'A']], false],
  ])('%j against %j: %s', (first, second, expected) => {
    expect(matchesVary(second, varyValues(first, ['foo']))).toBe(expected);
  });
});

describe('conditions (RFC 9110 13)', () => {
  it.each<[string, readonly string[] | '*']>([
    ['"a"', ['"a"']],
    ['W/"a", "b"', ['W/"a"', '"b"']],
    ['"a,b" , "c"', ['"a,b"', '"c"']],
    [', "a"', ['"a"']],
    ['*', '*'],
    ['a', []],
    ['"a" b', []],
    ['w/"a"', []],
  ])('%s holds %j', (text, expected) => {
    expect(parseEntityTags(text)).toEqual(expected);
  });

  it('compares weakly', () => {
    expect([weaklyEqual('W/"a"', '"a"'), weaklyEqual('"a"', '"A"')]).toEqual([true, false]);
  });

  it('is about 200 only', () => {
    const fields: FieldLines = [['ETag', '"a"']];
    expect(isNotModified([['If-None-Match', '"a"']], { status: 404, fields }, NOW)).toBe(false);
    expect(isNotModified([['If-None-Match', '"a"']], { status: 200, fields }, NOW)).toBe(true);
  });

  it('falls back from Last-Modified to Date', () => {
    const request: FieldLines = [['If-Modified-Since', at(0)]];
    expect(isNotModified(request, { status: 200, fields: [['Date', at(0)]] }, NOW)).toBe(true);
    expect(isNotModified(request, { status: 200, fields: [['Date', at(1)]] }, NOW)).toBe(false);
    expect(isNotModified(request, { status: 200, fields: [] }, NOW)).toBe(false);
  });
});

describe('header fields', () => {
  it('leaves hop-by-hop fields, what Connection names, and what is generated out of the store', () => {
    const fields: FieldLines = [
      ['Connection', 'X-A, close'],
      ['x-a', '1'],
      ['TE', 'trailers'],
      ['Transfer-Encoding', 'chunked'],
      ['Content-Length', '5'],
      ['Age', '1'],
      ['X-B', '1'],
      ['X-B', '2'],
      ['Set-Cookie', 'a'],
    ];
    expect(storableFields(fields, ['set-cookie'])).toEqual([
      ['X-B', '1'],
      ['X-B', '2'],
    ]);
  });

  it('refuses CR, LF and NUL, and names that are no tokens', () => {
    expect(isValidFieldLine(['X-A', 'a b\tc é'])).toBe(true);
    for (const line of [
      ['X-A', 'a\r'],
      ['X-A', 'a\n'],
      ['X-A', '\0'],
      ['X:A', 'a'],
      ['', 'a'],
      ['X\r\nY', 'a'],
    ] as const) {
      expect(isValidFieldLine(line)).toBe(false);
    }
  });

  it('splits lists at commas outside quotes', () => {
    expect(splitList('a, "b, c" ,, d')).toEqual(['a', '"b, c"', 'd']);
    expect(splitList('a, "b')).toBeUndefined();
  });
});

describe('methods and requests that are passed by', () => {
  it.each([
    ['POST', 200, true],
    ['M-SEARCH', 302, true],
    ['get', 200, true],
    ['POST', 404, false],
    ['POST', 500, false],
    ['GET', 200, false],
    ['OPTIONS', 200, false],
  ])('%s %i invalidates: %s (RFC 9111 4.4)', (method, status, expected) => {
    expect(invalidates(method, status)).toBe(expected);
  });

  it('knows the safe methods (RFC 9110 9.2.1)', () => {
    expect(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'POST', 'FOO'].filter(isSafeMethod)).toEqual([
      'GET',
      'HEAD',
      'OPTIONS',
      'TRACE',
    ]);
  });

  it.each<[FieldLines, boolean]>([
    [[['Content-Length', '0']], false],
    [[['Content-Length', '1']], true],
    [[['Transfer-Encoding', 'chunked']], true],
    [[['X-HTTP-Method-Override', 'DELETE']], true],
    [[['Range', 'bytes=0-1']], false],
    [[['Range', 'lines=0-1']], true],
    [[['If-Match', '"a"']], true],
    [[['If-None-Match', '"a"']], false],
    [[['Upgrade', 'websocket']], true],
    [[['Upgrade', 'h2c, WebSocket/13']], true],
    [[['Upgrade', 'h2c']], false],
  ])('%j: %s', (fields, expected) => {
    expect(mustBypass(fields)).toBe(expected);
  });
});

describe('languages (RFC 9110 12.5.4, 8.5)', () => {
  it.each<[string, string | undefined]>([
    ['de', 'de'],
    ['en;q=0.9, DE-at', 'de-at'],
    ['en;q=0.9, de ; q=0.95, *;q=0.1', 'de'],
    ['en;q=0.9, *', undefined],
    ['en;q=0.9, de ; q=0.95', 'de'],
    ['en, de', undefined],
    ['en, de, fr;q=0.5', undefined],
    ['fr;q=0.5, en, de', undefined],
    ['en, fr;q=0.5, de', undefined],
    ['fr;q=0.5, it;q=0.5, de', 'de'],
    ['*', undefined],
    ['de;q=0', undefined],
    ['de;q=2', undefined],
    ['de;q=x', undefined],
    ['', undefined],
  ])('likes best of %j: %s', (value, favourite) => {
    expect(favouriteLanguage([['Accept-Language', value]])).toBe(favourite);
  });

  it.each<[string, string | undefined]>([
    ['de', 'de'],
    ['DE-at', 'de-at'],
    ['de, en', undefined],
    ['', undefined],
  ])('is in the one language of Content-Language %j: %s', (value, language) => {
    expect(languageOf([['Content-Language', value]])).toBe(language);
  });
});

describe('a part of another length than its Content-Range says (RFC 9110 14.4)', () => {
  const part = { first: 4, last: 9, length: 12 };

  it.each([
    ['as many', part, 6, part],
    ['fewer', part, 4, { first: 4, last: 7, length: 12 }],
    ['fewer, up to the end', { ...part, length: 10 }, 4, { first: 4, last: 7, length: 8 }],
    ['none', part, 0, undefined],
    ['more', part, 7, undefined],
  ])('%s', (_, said, bytes, came) => {
    expect(partThatCame(said, bytes)).toEqual(came);
  });
});
