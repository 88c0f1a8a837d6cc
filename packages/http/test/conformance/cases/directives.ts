import {
  asksAgain,
  at,
  cacheControl,
  type Case,
  type Lines,
  NOW,
  PAST_ONE_SECOND,
  reuses,
  type Step,
} from '../case.ts';

const validates = (id: string, section: string, title: string, headers: Lines, after?: number): Case => ({
  id,
  section,
  title,
  steps: [
    { gives: { headers }, expect: { from: 'handler' } },
    {
      ...(after !== undefined && { after }),
      gives: { headers, isUnchanged: true },
      expect: { from: 'validated', status: 200, body: `${id} 0` },
    },
  ],
});

/** RFC 9111 5.2.2. */
export const RESPONSE_DIRECTIVES: readonly Case[] = [
  asksAgain('resp-private', '5.2.2.7', 'private', [cacheControl('private, max-age=60')]),
  asksAgain('resp-private-fields', '5.2.2.7', 'private for some fields is private', [
    cacheControl('private="a", max-age=60'),
  ]),
  asksAgain('resp-no-store', '5.2.2.5', 'no-store', [cacheControl('no-store')]),
  asksAgain('resp-no-store-case', '5.2.2.5', 'no-store in any case', [cacheControl('No-StOrE, max-age=60')]),
  asksAgain('resp-no-store-fresh', '5.2.2.5', 'no-store beside a lifetime', [
    cacheControl('max-age=60, no-store'),
    ['Expires', at(60)],
  ]),
  {
    id: 'resp-no-store-keeps-older',
    section: '5.2.2.5',
    title: 'a no-store response does not put out an older one that is fresh',
    steps: [
      { gives: { headers: [cacheControl('max-age=60')] }, expect: { from: 'handler' } },
      {
        headers: { 'Cache-Control': 'no-cache' },
        gives: { headers: [cacheControl('no-store')] },
        expect: { from: 'handler' },
      },
      { expect: { from: 'cache', body: 'resp-no-store-keeps-older 0' } },
    ],
  },
  asksAgain('resp-no-cache', '5.2.2.4', 'no-cache beside a lifetime', [
    cacheControl('max-age=60, no-cache'),
    ['Expires', at(60)],
  ]),
  asksAgain('resp-no-cache-case', '5.2.2.4', 'no-cache in any case', [cacheControl('No-CaChE, max-age=60')]),
  validates('resp-no-cache-validated', '5.2.2.4', 'no-cache is stored and validated', [
    cacheControl('no-cache'),
    ['ETag', '"a"'],
  ]),
  validates('resp-no-cache-validated-fresh', '5.2.2.4', 'fresh or not', [
    cacheControl('no-cache, max-age=60'),
    ['ETag', '"a"'],
  ]),
  validates('resp-no-cache-validated-date', '5.2.2.4', 'by its date, too', [
    cacheControl('no-cache'),
    ['Last-Modified', at(-60)],
  ]),
  validates('resp-max-age-0-validated', '4.3.1', 'max-age=0 with a validator is stored and validated', [
    cacheControl('max-age=0'),
    ['ETag', '"a"'],
  ]),
  reuses(
    'resp-no-cache-fields',
    '5.2.2.4',
    'no-cache for some fields: they go, the rest is reused',
    [cacheControl('max-age=60, no-cache="a, b"'), ['A', '1'], ['B', '2'], ['C', '3']],
    { expect: { headers: { A: null, B: null, C: '3' } } },
  ),
  reuses(
    'resp-no-cache-field',
    '5.2.2.4',
    'so for one field',
    [cacheControl('max-age=60, no-cache="a"'), ['A', '1'], ['B', '2']],
    { expect: { headers: { A: null, B: '2' } } },
  ),
  reuses('resp-must-revalidate-fresh', '5.2.2.2', 'must-revalidate is reused while fresh', [
    cacheControl('max-age=60, must-revalidate'),
  ]),
  validates(
    'resp-must-revalidate-stale',
    '5.2.2.2',
    'and validated once stale',
    [cacheControl('max-age=1, must-revalidate'), ['ETag', '"a"']],
    PAST_ONE_SECOND,
  ),
  reuses('resp-must-understand', '5.2.2.3', 'must-understand with a status that is understood', [
    cacheControl('no-store, must-understand, max-age=60'),
  ]),
  asksAgain(
    'resp-must-understand-unknown',
    '5.2.2.3',
    'with one that is not',
    [cacheControl('must-understand, max-age=60')],
    {},
    { status: 299 },
  ),
  asksAgain(
    'resp-must-understand-no-store',
    '5.2.2.3',
    'with one that is not, and no-store',
    [cacheControl('no-store, must-understand, max-age=60')],
    {},
    { status: 299 },
  ),
  reuses('resp-immutable', '8246 2', 'immutable changes nothing for a cache', [
    cacheControl('max-age=60, immutable'),
  ]),
  reuses('resp-no-transform', '5.2.2.6', 'no-transform: as it came', [
    cacheControl('max-age=60, no-transform'),
  ]),
];

const BEFORE = (lines: Lines): Step => ({ gives: { headers: lines }, expect: { from: 'handler' } });

/** What is fresh for a second, and then meets a handler that fails or errs. */
const inNeed = (
  id: string,
  section: string,
  title: string,
  control: string,
  need: Step['gives'] & object,
  expect: Step['expect'],
): Case => ({
  id,
  section,
  title,
  steps: [BEFORE([cacheControl(control)]), { after: PAST_ONE_SECOND, gives: need, expect }],
});

const FAILS = { fails: true };
const OLD = (id: string): Step['expect'] => ({ from: 'either', status: 200, body: `${id} 0` });

/** RFC 9111 4.2.4, RFC 5861. */
export const STALE: readonly Case[] = [
  inNeed(
    'stale-unreachable',
    '4.2.4',
    'a gateway that reaches nobody',
    'max-age=1',
    { status: 502 },
    OLD('stale-unreachable'),
  ),
  inNeed(
    'stale-timeout',
    '4.2.4',
    'one that waits in vain',
    'max-age=1',
    { status: 504 },
    OLD('stale-timeout'),
  ),
  inNeed(
    'stale-500',
    '4.3.3',
    'an error is passed on',
    'max-age=1',
    { status: 500 },
    { from: 'handler', status: 500 },
  ),
  inNeed(
    'stale-503',
    '4.3.3',
    'so is that one',
    'max-age=1',
    { status: 503 },
    { from: 'handler', status: 503 },
  ),
  inNeed(
    'stale-if-error',
    '5861 4',
    'but under stale-if-error',
    'max-age=1, stale-if-error=60',
    { status: 500 },
    OLD('stale-if-error'),
  ),
  inNeed(
    'stale-if-error-503',
    '5861 4',
    'for 503, too',
    'max-age=1, stale-if-error=60',
    { status: 503 },
    OLD('stale-if-error-503'),
  ),
  inNeed(
    'stale-if-error-over',
    '5861 4',
    'inside its window only',
    'max-age=1, stale-if-error=0',
    { status: 500 },
    { from: 'handler', status: 500 },
  ),
  inNeed(
    'stale-if-error-404',
    '5861 4',
    '404 is no such error',
    'max-age=1, stale-if-error=60',
    { status: 404 },
    { from: 'handler', status: 404 },
  ),
  inNeed(
    'stale-if-error-must',
    '5.2.2.2',
    'must-revalidate goes before it',
    'max-age=1, stale-if-error=60, must-revalidate',
    { status: 500 },
    { from: 'handler', status: 500 },
  ),
  ...['must-revalidate', 'proxy-revalidate', 'no-cache', 's-maxage=1'].map((directive, i) =>
    inNeed(
      `stale-forbidden-${i}`,
      '4.2.4',
      `${directive} forbids stale`,
      `max-age=1, ${directive}`,
      { status: 502 },
      { from: 'handler', status: 502 },
    ),
  ),
  {
    id: 'stale-fails',
    section: '4.2.4',
    title: 'a handler that fails',
    steps: [
      BEFORE([cacheControl('max-age=1')]),
      { after: PAST_ONE_SECOND, gives: FAILS, expect: OLD('stale-fails') },
    ],
  },
  {
    id: 'stale-fails-again',
    section: '4.2.4',
    title: 'a handler that fails on and on',
    steps: [
      BEFORE([cacheControl('max-age=1'), ['ETag', '"a"']]),
      { after: PAST_ONE_SECOND, gives: FAILS, expect: OLD('stale-fails-again') },
      { gives: FAILS, expect: OLD('stale-fails-again') },
      { expect: { from: 'handler', status: 200, body: 'stale-fails-again 3' } },
    ],
  },
  {
    id: 'stale-fails-forbidden',
    section: '5.2.2.2',
    title: 'a handler that fails, where stale is forbidden',
    steps: [
      BEFORE([cacheControl('max-age=1, must-revalidate')]),
      { after: PAST_ONE_SECOND, gives: FAILS, expect: { from: 'handler' } },
    ],
  },
  {
    id: 'stale-error-is-not-kept',
    section: '4.2.4',
    title: 'a stored error is not served stale',
    steps: [
      {
        gives: { status: 500, headers: [cacheControl('max-age=1')] },
        expect: { from: 'handler', status: 500 },
      },
      { after: PAST_ONE_SECOND, gives: { status: 502 }, expect: { from: 'handler', status: 502 } },
    ],
  },
  {
    id: 'stale-while-revalidate',
    section: '5861 3',
    title: 'served at once, and its successor stored',
    steps: [
      BEFORE([cacheControl('max-age=1, stale-while-revalidate=60')]),
      {
        after: PAST_ONE_SECOND,
        gives: { headers: [cacheControl('max-age=60')] },
        expect: { from: 'either', status: 200, body: 'stale-while-revalidate 0' },
      },
      { after: 1_000, expect: { from: 'cache', body: 'stale-while-revalidate 1' } },
    ],
  },
  {
    id: 'stale-while-revalidate-304',
    section: '5861 3',
    title: 'validated behind',
    steps: [
      BEFORE([cacheControl('max-age=1, stale-while-revalidate=60'), ['ETag', '"a"']]),
      {
        after: PAST_ONE_SECOND,
        gives: { headers: [cacheControl('max-age=60'), ['ETag', '"a"'], ['A', '2']], isUnchanged: true },
        expect: { from: 'either', body: 'stale-while-revalidate-304 0' },
      },
      { after: 1_000, expect: { from: 'cache', body: 'stale-while-revalidate-304 0', headers: { A: '2' } } },
    ],
  },
  {
    id: 'stale-while-revalidate-no-store',
    section: '5861 3',
    title: 'the successor is stored by its own rules',
    steps: [
      BEFORE([cacheControl('max-age=1, stale-while-revalidate=60')]),
      {
        after: PAST_ONE_SECOND,
        gives: { headers: [cacheControl('no-store')] },
        expect: { from: 'either', body: 'stale-while-revalidate-no-store 0' },
      },
      { after: 1_000, expect: { from: 'handler', body: 'stale-while-revalidate-no-store 2' } },
    ],
  },
  {
    id: 'stale-while-revalidate-over',
    section: '5861 3',
    title: 'inside its window only',
    steps: [
      BEFORE([cacheControl('max-age=1, stale-while-revalidate=1')]),
      { after: 3_100, expect: { from: 'handler', body: 'stale-while-revalidate-over 1' } },
    ],
  },
];

const heuristic = (id: string, title: string, status: number, isReused: boolean, control?: string): Case =>
  (isReused ? reuses : asksAgain)(
    id,
    '4.2.2',
    title,
    [
      ['Last-Modified', at(-1_000_000)],
      ['Date', NOW],
      ...(control === undefined ? [] : [cacheControl(control)]),
    ],
    {},
    { status },
  );

/** RFC 9111 4.2.2. */
export const HEURISTIC: readonly Case[] = [
  ...[200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501].map((status) =>
    heuristic(`heuristic-${status}`, `${status} has a heuristic lifetime`, status, true),
  ),
  ...[201, 202, 403, 502, 503, 504, 599].map((status) =>
    heuristic(`heuristic-not-${status}`, `${status} has none`, status, false),
  ),
  ...[201, 403, 599].map((status) =>
    heuristic(`heuristic-public-${status}`, `${status} has one under public`, status, true, 'public'),
  ),
  asksAgain('heuristic-recent', '4.2.2', 'what changed just now has none', [
    ['Last-Modified', NOW],
    ['Date', NOW],
  ]),
];

const holding = (headers: Lines, sent: string, expect: Step['expect'], after?: number): readonly Step[] => [
  { gives: { headers }, expect: { from: 'handler' } },
  {
    headers: { 'Cache-Control': sent },
    ...(after !== undefined && { after }),
    gives: { headers, isUnchanged: true },
    expect,
  },
];

/** RFC 9111 5.2.1, 5.4. */
export const REQUEST_DIRECTIVES: readonly Case[] = [
  {
    id: 'req-max-age-0',
    section: '5.2.1.1',
    title: 'max-age=0 once it is older',
    steps: holding([cacheControl('max-age=60'), ['Age', '1']], 'max-age=0', { from: 'handler' }),
  },
  {
    id: 'req-max-age',
    section: '5.2.1.1',
    title: 'max-age below its age',
    steps: holding([cacheControl('max-age=3600'), ['Age', '1800']], 'max-age=600', { from: 'handler' }),
  },
  {
    id: 'req-max-age-met',
    section: '5.2.1.1',
    title: 'max-age above its age',
    steps: holding([cacheControl('max-age=3600'), ['Age', '100']], 'max-age=600', { from: 'cache' }),
  },
  {
    id: 'req-max-stale',
    section: '5.2.1.2',
    title: 'max-stale that suffices',
    steps: holding([cacheControl('max-age=1')], 'max-stale=1000', { from: 'cache' }, PAST_ONE_SECOND),
  },
  {
    id: 'req-max-stale-any',
    section: '5.2.1.2',
    title: 'max-stale without a number',
    steps: holding([cacheControl('max-age=1')], 'max-stale', { from: 'cache' }, PAST_ONE_SECOND),
  },
  {
    id: 'req-max-stale-age',
    section: '5.2.1.2',
    title: 'max-stale for what was stale when it came',
    steps: holding([cacheControl('max-age=1500'), ['Age', '2000']], 'max-stale=1000', { from: 'cache' }),
  },
  {
    id: 'req-max-stale-short',
    section: '5.2.1.2',
    title: 'max-stale that does not suffice',
    steps: holding([cacheControl('max-age=1500'), ['Age', '2000']], 'max-stale=100', { from: 'handler' }),
  },
  {
    id: 'req-max-stale-must',
    section: '5.2.2.2',
    title: 'max-stale against must-revalidate',
    steps: holding(
      [cacheControl('max-age=1, must-revalidate')],
      'max-stale=1000',
      { from: 'handler' },
      PAST_ONE_SECOND,
    ),
  },
  {
    id: 'req-min-fresh',
    section: '5.2.1.3',
    title: 'min-fresh beyond what is left',
    steps: holding([cacheControl('max-age=1500'), ['Age', '1000']], 'min-fresh=1000', { from: 'handler' }),
  },
  {
    id: 'req-min-fresh-met',
    section: '5.2.1.3',
    title: 'min-fresh within it',
    steps: holding([cacheControl('max-age=1500')], 'min-fresh=1000', { from: 'cache' }),
  },
  {
    id: 'req-no-cache',
    section: '5.2.1.4',
    title: 'no-cache',
    steps: holding([cacheControl('max-age=60')], 'no-cache', { from: 'handler' }),
  },
  {
    id: 'req-no-cache-etag',
    section: '5.2.1.4',
    title: 'no-cache validates by the entity tag',
    steps: holding([cacheControl('max-age=60'), ['ETag', '"a"']], 'no-cache', {
      from: 'validated',
      status: 200,
      body: 'req-no-cache-etag 0',
      asked: { 'If-None-Match': '"a"' },
    }),
  },
  {
    id: 'req-no-cache-date',
    section: '5.2.1.4',
    title: 'and by the date',
    steps: holding(
      [cacheControl('max-age=60'), ['Last-Modified', 'Mon, 01 Jan 2024 00:00:00 GMT']],
      'no-cache',
      {
        from: 'validated',
        asked: { 'If-Modified-Since': 'Mon, 01 Jan 2024 00:00:00 GMT' },
      },
    ),
  },
  {
    id: 'req-no-store',
    section: '5.2.1.5',
    title: 'the response to no-store is not stored',
    steps: [
      {
        headers: { 'Cache-Control': 'no-store' },
        gives: { headers: [cacheControl('max-age=60')] },
        expect: { from: 'handler' },
      },
      { expect: { from: 'handler' } },
    ],
  },
  {
    id: 'req-only-if-cached',
    section: '5.2.1.7',
    title: 'only-if-cached, and nothing is',
    steps: [
      { headers: { 'Cache-Control': 'only-if-cached' }, expect: { from: 'cache', status: 504, body: '' } },
    ],
  },
  {
    id: 'req-only-if-cached-hit',
    section: '5.2.1.7',
    title: 'only-if-cached, and something is',
    steps: holding([cacheControl('max-age=60')], 'only-if-cached', { from: 'cache', status: 200 }),
  },
  {
    id: 'req-pragma',
    section: '5.4',
    title: 'Pragma: no-cache without Cache-Control',
    steps: [
      { gives: { headers: [cacheControl('max-age=60')] }, expect: { from: 'handler' } },
      { headers: { Pragma: 'no-cache' }, expect: { from: 'handler' } },
    ],
  },
  {
    id: 'req-pragma-beside',
    section: '5.4',
    title: 'Pragma: no-cache beside one',
    steps: [
      { gives: { headers: [cacheControl('max-age=60')] }, expect: { from: 'handler' } },
      { headers: { Pragma: 'no-cache', 'Cache-Control': 'max-stale=1' }, expect: { from: 'cache' } },
    ],
  },
];
