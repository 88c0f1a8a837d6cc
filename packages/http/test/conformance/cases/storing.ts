import {
  asksAgain,
  at,
  cacheControl,
  type Case,
  type Lines,
  PAST_ONE_SECOND,
  reuses,
  type Step,
} from '../case.ts';

const stored = (headers: Lines = []): Step => ({
  gives: { headers: [cacheControl('max-age=60'), ...headers] },
  expect: { from: 'handler' },
});

const CHANGING: readonly (readonly [string, string, string])[] = [
  ['Test-Header', 'one', 'two'],
  ['X-Test-Header', 'one', 'two'],
  ['Content-Foo', 'one', 'two'],
  ['X-Content-Foo', 'one', 'two'],
  ['Content-Location', '/one', '/two'],
  ['Content-Security-Policy', "default-src 'self'", "default-src 'none'"],
  ['X-Frame-Options', 'deny', 'sameorigin'],
  ['Set-Cookie', 'a=1', 'a=2'],
];

const updates = (
  validator: readonly [string, string],
  [name, before, after]: readonly [string, string, string],
): Case => {
  const id = `update-${validator[0]}-${name}`.toLowerCase();
  return {
    id,
    section: '3.2',
    title: `a 304 with ${validator[0]} replaces ${name}, for this client and the next`,
    steps: [
      {
        gives: { headers: [cacheControl('max-age=1'), validator, [name, before]] },
        expect: { from: 'handler' },
      },
      {
        after: PAST_ONE_SECOND,
        gives: { headers: [cacheControl('max-age=60'), validator, [name, after]], isUnchanged: true },
        expect: { from: 'validated', status: 200, body: `${id} 0`, headers: { [name]: after } },
      },
      {
        expect: { from: 'cache', body: `${id} 0`, headers: { [name]: after, 'Cache-Control': 'max-age=60' } },
      },
    ],
  };
};

const updatedBy304 = (
  id: string,
  title: string,
  first: Lines,
  second: Lines,
  expected: Step['expect']['headers'] & object,
): Case => ({
  id,
  section: '3.2',
  title,
  steps: [
    {
      gives: { headers: [cacheControl('max-age=1'), ['ETag', '"a"'], ...first] },
      expect: { from: 'handler' },
    },
    {
      after: PAST_ONE_SECOND,
      gives: { headers: [['ETag', '"a"'], cacheControl('max-age=60'), ...second], isUnchanged: true },
      expect: { from: 'validated', headers: expected },
    },
    { expect: { from: 'cache', body: `${id} 0`, headers: expected } },
  ],
});

/** RFC 9111 3.2, 4.3.4. */
export const UPDATING: readonly Case[] = [
  ...CHANGING.map((change) => updates(['ETag', '"a"'], change)),
  ...CHANGING.map((change) => updates(['Last-Modified', 'Mon, 01 Jan 2024 00:00:00 GMT'], change)),
  updatedBy304('update-kept', 'what a 304 leaves out stays', [['X-Kept', '1']], [], { 'X-Kept': '1' }),
  updatedBy304('update-length', 'the length is that of the stored bytes', [], [['X-New', '1']], {
    'Content-Length': String('update-length 0'.length),
    'X-New': '1',
  }),
  updatedBy304(
    'update-encoding',
    'so is their encoding',
    [['Content-Encoding', 'x-one']],
    [['Content-Encoding', 'x-two']],
    {
      'Content-Encoding': 'x-one',
    },
  ),
  {
    id: 'update-lifetime',
    section: '4.3.4',
    title: 'without a lifetime of its own the 304 renews the old one',
    steps: [
      { gives: { headers: [cacheControl('max-age=4'), ['ETag', '"a"']] }, expect: { from: 'handler' } },
      {
        after: 4_100,
        gives: { headers: [['ETag', '"a"']], isUnchanged: true },
        expect: { from: 'validated' },
      },
      { expect: { from: 'cache', body: 'update-lifetime 0' } },
    ],
  },
  {
    id: 'update-no-store',
    section: '5.2.2.5',
    title: 'a 304 under no-store ends what is stored',
    steps: [
      { gives: { headers: [cacheControl('max-age=1'), ['ETag', '"a"']] }, expect: { from: 'handler' } },
      {
        after: PAST_ONE_SECOND,
        gives: { headers: [['ETag', '"a"'], cacheControl('no-store')], isUnchanged: true },
        expect: { from: 'validated', body: 'update-no-store 0' },
      },
      { expect: { from: 'handler', body: 'update-no-store 2', asked: { 'If-None-Match': null } } },
    ],
  },
  {
    id: 'update-vary-star',
    section: '4.1',
    title: 'so does one that adds Vary: *',
    steps: [
      { gives: { headers: [cacheControl('max-age=1'), ['ETag', '"a"']] }, expect: { from: 'handler' } },
      {
        after: PAST_ONE_SECOND,
        gives: { headers: [['ETag', '"a"'], cacheControl('max-age=60'), ['Vary', '*']], isUnchanged: true },
        expect: { from: 'validated' },
      },
      { expect: { from: 'handler' } },
    ],
  },
  {
    id: 'update-cookie-safe',
    section: '3.2',
    title: 'by default the cookie of a 304 is for its client alone',
    preset: 'safe',
    steps: [
      { gives: { headers: [cacheControl('max-age=1'), ['ETag', '"a"']] }, expect: { from: 'handler' } },
      {
        after: PAST_ONE_SECOND,
        gives: {
          headers: [['ETag', '"a"'], cacheControl('max-age=60'), ['Set-Cookie', 'a=1']],
          isUnchanged: true,
        },
        expect: { from: 'validated', headers: { 'Set-Cookie': 'a=1' } },
      },
      { expect: { from: 'cache', headers: { 'Set-Cookie': null } } },
    ],
  },
];

const VERBATIM: readonly (readonly [string, string])[] = [
  ['X-Test-Header', 'Some  Value'],
  ['Content-Foo', 'x'],
  ['Content-Encoding', 'x-own'],
  ['Content-Language', 'de'],
  ['Content-Location', '/elsewhere'],
  ['Content-MD5', 'rL0Y20zC+Fzt72VPzMSk2A=='],
  ['Content-Type', 'text/plain;charset=utf-8'],
  ['Content-Security-Policy', "default-src 'self'"],
  ['Clear-Site-Data', '"cache"'],
  ['ETag', '"abcdef"'],
  ['X-Frame-Options', 'deny'],
  ['Server', 'own'],
  ['Link', '</a>; rel=preload'],
  ['Set-Cookie', 'a=b'],
];

const HOP_BY_HOP = [
  'Keep-Alive',
  'Proxy-Authenticate',
  'Proxy-Authentication-Info',
  'Proxy-Authorization',
  'Proxy-Connection',
  'TE',
  'Upgrade',
];

/** RFC 9111 3.1. */
export const STORED_HEADERS: readonly Case[] = [
  ...VERBATIM.map(([name, value]) =>
    reuses(
      `stored-${name.toLowerCase()}`,
      '3.1',
      `${name} is stored as it came`,
      [cacheControl('max-age=60'), [name, value]],
      {
        expect: { headers: { [name]: value } },
      },
    ),
  ),
  ...HOP_BY_HOP.map((name) =>
    reuses(
      `hop-${name.toLowerCase()}`,
      '9110 7.6.1',
      `${name} belongs to one connection`,
      [cacheControl('max-age=60'), [name, 'x-own-value']],
      { expect: { headers: { [name]: /^(?!.*x-own-value)/ } } },
    ),
  ),
  reuses(
    'hop-named',
    '9110 7.6.1',
    'so does what Connection names',
    [cacheControl('max-age=60'), ['Connection', 'X-A, X-B'], ['X-A', '1'], ['X-B', '2'], ['X-C', '3']],
    { expect: { headers: { 'X-A': null, 'X-B': null, 'X-C': '3' } } },
  ),
  reuses(
    'stored-lines',
    '9110 5.3',
    'several lines of a field',
    [cacheControl('max-age=60'), ['X-Many', '1'], ['X-Many', '2']],
    { expect: { headers: { 'X-Many': '1, 2' } } },
  ),
  {
    ...asksAgain('stored-cookie-safe', '7.3', 'by default a response with a cookie is not stored', [
      cacheControl('max-age=60'),
      ['Set-Cookie', 'a=1'],
    ]),
    preset: 'safe',
  },
];

/** RFC 9111 3, RFC 9110 15: any final status. */
export const STATUS: readonly Case[] = [
  200, 201, 202, 203, 204, 299, 300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 410, 414, 451, 499,
  500, 501, 502, 503, 504, 599,
].flatMap((status) => [
  reuses(
    `status-${status}-fresh`,
    '3',
    `${status} with a lifetime is stored`,
    [cacheControl('max-age=60')],
    { expect: { status } },
    { status },
  ),
  asksAgain(`status-${status}-none`, '3', `${status} without one is not`, [], {}, { status }),
]);

/** RFC 9111 3.5. */
export const AUTHORIZATION: readonly Case[] = [
  ...[
    ['public', 'max-age=60, public', 'cache'],
    ['must', 'max-age=60, must-revalidate', 'cache'],
    ['s-maxage', 's-maxage=60', 'cache'],
    ['plain', 'max-age=60', 'handler'],
  ].map(([id, control, from]): Case => ({
    id: `auth-${String(id)}`,
    section: '3.5',
    title: `a response to Authorization under ${String(control)}`,
    steps: [
      {
        headers: { Authorization: 'Bearer a' },
        gives: { headers: [cacheControl(String(control))] },
        expect: { from: 'handler' },
      },
      { headers: { Authorization: 'Bearer b' }, expect: { from: from === 'cache' ? 'cache' : 'handler' } },
    ],
  })),
  {
    id: 'auth-not-given',
    section: '3.5',
    title: 'what nobody in particular got is not given to who authenticates',
    steps: [stored(), { headers: { Authorization: 'Bearer b' }, expect: { from: 'handler' } }],
  },
];

const LATER: Value = at(60);
type Value = Lines[number][1];

const targeted = (id: string, title: string, value: string, others: Lines, isReused: boolean): Case =>
  (isReused ? reuses : asksAgain)(`cdn-${id}`, '9213 2.2', title, [['CDN-Cache-Control', value], ...others]);

/** RFC 9213. */
export const TARGETED: readonly Case[] = [
  targeted('max-age', 'a lifetime by itself', 'max-age=60', [], true),
  targeted('max-age-0', 'stale by itself', 'max-age=0', [], false),
  targeted('max-age-0-expires', 'it goes before Expires', 'max-age=0', [['Expires', LATER]], false),
  targeted('max-age-expires', 'both ways', 'max-age=60', [['Expires', '0']], true),
  targeted('over-max-age', 'before Cache-Control', 'max-age=60', [cacheControl('max-age=0')], true),
  targeted('over-max-age-0', 'both ways', 'max-age=0', [cacheControl('max-age=60')], false),
  targeted('over-no-store', 'even before no-store', 'max-age=60', [cacheControl('no-store')], true),
  targeted('max', 'a lifetime of 2^31', 'max-age=2147483648', [], true),
  targeted('max-plus', 'a longer one', 'max-age=99999999999', [], true),
  targeted('age', 'an Age over it', 'max-age=60', [['Age', '61']], false),
  targeted('extension', 'an unknown directive', 'foobar, max-age=60', [], true),
  targeted('private', 'private', 'private', [cacheControl('max-age=60')], false),
  targeted('no-cache', 'no-cache', 'no-cache', [cacheControl('max-age=60')], false),
  targeted('no-store', 'no-store', 'no-store', [cacheControl('max-age=60'), ['Expires', LATER]], false),
  targeted('invalid', 'no dictionary: ignored', 'max-age=60, &&&', [cacheControl('no-store')], false),
  targeted('invalid-fresh', 'and Cache-Control counts', 'no-store, &&&', [cacheControl('max-age=60')], true),
  targeted('empty', 'an empty one is ignored', '', [cacheControl('max-age=60')], true),
  targeted('type', 'a number in quotes is none', 'max-age="60"', [cacheControl('no-store')], false),
  targeted(
    'space',
    'space around the equals sign: no dictionary',
    'max-age =60',
    [cacheControl('no-store')],
    false,
  ),
  targeted('case', 'names are in lower case: no dictionary', 'MaX-aGe=60', [cacheControl('no-store')], false),
  reuses('cdn-passed-on', '9213 2.1', 'it is passed on', [['CDN-Cache-Control', 'max-age=60']], {
    expect: { headers: { 'CDN-Cache-Control': 'max-age=60' } },
  }),
];
