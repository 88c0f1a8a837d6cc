import { cacheControl, type Case, type Lines, PAST_ONE_SECOND, reuses, type Step } from '../case.ts';

const FRESH: Lines = [cacheControl('max-age=60')];
const stored = (path?: string): Step => ({
  ...(path !== undefined && { path }),
  gives: { headers: FRESH },
  expect: { from: 'handler' },
});

/** RFC 9110 9.3, RFC 9111 4.3.5. */
export const METHODS: readonly Case[] = [
  {
    id: 'method-head-from-get',
    section: '9110 9.3.2',
    title: 'HEAD is answered from a stored GET',
    steps: [
      stored(),
      { method: 'HEAD', expect: { from: 'cache', status: 200, headers: { 'Content-Length': '22' } } },
    ],
  },
  {
    id: 'method-head-no-get',
    section: '9110 9.3.2',
    title: 'the answer to HEAD is no answer to GET',
    steps: [
      { method: 'HEAD', gives: { headers: FRESH }, expect: { from: 'handler' } },
      { expect: { from: 'handler', body: 'method-head-no-get 1' } },
    ],
  },
  {
    id: 'method-head-freshens',
    section: '4.3.5',
    title: 'a 200 to HEAD updates the stored GET',
    steps: [
      { gives: { headers: [cacheControl('max-age=1'), ['X-A', '1']] }, expect: { from: 'handler' } },
      {
        method: 'HEAD',
        after: PAST_ONE_SECOND,
        gives: { headers: [...FRESH, ['X-A', '2']] },
        expect: { from: 'handler' },
      },
      { expect: { from: 'cache', body: 'method-head-freshens 0', headers: { 'X-A': '2' } } },
    ],
  },
  {
    id: 'method-head-freshens-later',
    section: '4.3.5',
    title: 'after one that was answered with an error, too',
    steps: [
      { gives: { headers: [cacheControl('max-age=1'), ['X-A', '1']] }, expect: { from: 'handler' } },
      { method: 'HEAD', after: PAST_ONE_SECOND, gives: { status: 503 }, expect: { from: 'handler' } },
      { method: 'HEAD', gives: { headers: [...FRESH, ['X-A', '2']] }, expect: { from: 'handler' } },
      { expect: { from: 'cache', body: 'method-head-freshens-later 0', headers: { 'X-A': '2' } } },
    ],
  },
  {
    id: 'method-head-outdates',
    section: '4.3.5',
    title: 'one with another validator shows that it is out of date',
    steps: [
      { gives: { headers: [cacheControl('max-age=1'), ['ETag', '"a"']] }, expect: { from: 'handler' } },
      {
        method: 'HEAD',
        after: PAST_ONE_SECOND,
        gives: { headers: [...FRESH, ['ETag', '"b"']] },
        expect: { from: 'handler' },
      },
      { expect: { from: 'handler', body: 'method-head-outdates 2', asked: { 'If-None-Match': null } } },
    ],
  },
  {
    id: 'method-post-stored',
    section: '9110 9.3.3',
    title: 'a POST that says it is the resource serves a GET',
    steps: [
      {
        method: 'POST',
        gives: { headers: [...FRESH, ['Content-Location', '/case/method-post-stored']] },
        expect: { from: 'handler' },
      },
      { expect: { from: 'cache', body: 'method-post-stored 0' } },
    ],
  },
  {
    id: 'method-post-elsewhere',
    section: '9110 9.3.3',
    title: 'one that says it is another does not',
    steps: [
      {
        method: 'POST',
        gives: { headers: [...FRESH, ['Content-Location', '/case/elsewhere']] },
        expect: { from: 'handler' },
      },
      { expect: { from: 'handler', body: 'method-post-elsewhere 1' } },
    ],
  },
  {
    id: 'method-post-plain',
    section: '9110 9.3.3',
    title: 'nor does one that says nothing of it',
    steps: [
      { method: 'POST', gives: { headers: FRESH }, expect: { from: 'handler' } },
      { expect: { from: 'handler' } },
    ],
  },
  {
    id: 'method-post-no-lifetime',
    section: '9110 9.3.3',
    title: 'nor one without a lifetime of its own',
    steps: [
      {
        method: 'POST',
        gives: { headers: [['Content-Location', '/case/method-post-no-lifetime']] },
        expect: { from: 'handler' },
      },
      { expect: { from: 'handler' } },
    ],
  },
  {
    id: 'method-post-after-get',
    section: '4.4',
    title: 'a POST is never answered from the store',
    steps: [stored(), { method: 'POST', gives: { status: 500 }, expect: { from: 'handler' } }],
  },
];

const WRITES = ['POST', 'PUT', 'DELETE', 'PATCH', 'M-SEARCH'];

const after = (id: string, title: string, write: Step, path: string, isGone: boolean): Case => ({
  id,
  section: '4.4',
  title,
  steps: [stored(path), write, { path, expect: { from: isGone ? 'handler' : 'cache' } }],
});

/** RFC 9111 4.4. */
export const INVALIDATION: readonly Case[] = [
  ...WRITES.flatMap((method) => {
    const name = method.toLowerCase();
    const write = (status: number, headers: Lines = []): Step => ({
      method,
      gives: { status, headers },
      expect: { from: 'handler', status },
    });
    return [
      after(`invalidate-${name}`, `a successful ${method} ends the stored response`, write(200), '', true),
      after(
        `invalidate-${name}-redirect`,
        `so does a redirect`,
        write(303, [['Location', '/case/x']]),
        '',
        true,
      ),
      after(`invalidate-${name}-error`, `a ${method} that errs does not`, write(500), '', false),
      after(`invalidate-${name}-refused`, `nor one that is refused`, write(404), '', false),
      after(
        `invalidate-${name}-location`,
        `Location of the same origin, too`,
        write(201, [['Location', `/case/invalidate-${name}-location/b`]]),
        '/b',
        true,
      ),
      after(
        `invalidate-${name}-content-location`,
        `and Content-Location`,
        write(200, [['Content-Location', `/case/invalidate-${name}-content-location/b`]]),
        '/b',
        true,
      ),
      after(
        `invalidate-${name}-foreign`,
        `another origin's is left alone`,
        write(200, [['Location', `http://other.example/case/invalidate-${name}-foreign/b`]]),
        '/b',
        false,
      ),
    ];
  }),
  after('invalidate-head', 'HEAD ends nothing', { method: 'HEAD', expect: { from: 'either' } }, '', false),
  after(
    'invalidate-options',
    'nor does OPTIONS',
    { method: 'OPTIONS', expect: { from: 'handler' } },
    '',
    false,
  ),
];

const DIGITS = '0123456789';
const whole = (headers: Lines = []): Step => ({
  gives: { headers: [...FRESH, ...headers], body: DIGITS },
  expect: { from: 'handler' },
});

const part = (
  id: string,
  title: string,
  range: string,
  expect: Partial<Step['expect']>,
  first: Step = whole(),
  more: Readonly<Record<string, string>> = {},
): Case => ({
  id: `range-${id}`,
  section: '9110 14.2',
  title,
  steps: [first, { headers: { Range: range, ...more }, expect: { from: 'cache', ...expect } }],
});

const cut = (body: string, contentRange: string): Partial<Step['expect']> => ({
  status: 206,
  body,
  headers: { 'Content-Range': contentRange, 'Content-Length': String(body.length) },
});

const PART: Step = {
  headers: { Range: 'bytes=4-9' },
  gives: { status: 206, headers: [...FRESH, ['Content-Range', 'bytes 4-9/10']], body: '456789' },
  expect: { from: 'handler', status: 206, asked: { Range: 'bytes=4-9' } },
};

/** Its message is complete, and a byte shorter than its Content-Range says. */
const SHORT: Step = {
  ...PART,
  gives: { status: 206, headers: [...FRESH, ['Content-Range', 'bytes 4-9/10']], body: '45678' },
};

const beginning = (headers: Lines): Step => ({
  headers: { Range: 'bytes=0-4' },
  gives: { status: 206, headers: [...FRESH, ['Content-Range', 'bytes 0-4/10'], ...headers], body: '01234' },
  expect: { from: 'handler', status: 206, body: '01234' },
});

const rest = (
  headers: Lines,
  askedFor: Step['expect']['asked'] & object,
  body: string,
  after?: number,
): Step => ({
  ...(after !== undefined && { after }),
  gives: { status: 206, headers: [...FRESH, ['Content-Range', 'bytes 5-9/10'], ...headers], body: '56789' },
  expect: { from: 'handler', status: 200, body, asked: askedFor, headers: { 'Content-Range': null } },
});

/** RFC 9110 14, RFC 9111 3.3, 3.4. */
export const RANGES: readonly Case[] = [
  part('first', 'the first bytes of a stored whole', 'bytes=0-1', cut('01', 'bytes 0-1/10')),
  part('from', 'from a byte on', 'bytes=1-', cut('123456789', 'bytes 1-9/10')),
  part('suffix', 'the last byte', 'bytes=-1', cut('9', 'bytes 9-9/10')),
  part('suffix-all', 'more last bytes than there are', 'bytes=-100', cut(DIGITS, 'bytes 0-9/10')),
  part('beyond', 'an end beyond the last byte', 'bytes=8-100', cut('89', 'bytes 8-9/10')),
  part('unsatisfiable', 'a beginning beyond it', 'bytes=10-', {
    status: 416,
    headers: { 'Content-Range': 'bytes */10' },
  }),
  part('suffix-0', 'no last bytes', 'bytes=-0', { status: 416 }),
  part('reversed', 'a range that ends before it begins is ignored', 'bytes=5-2', {
    status: 200,
    body: DIGITS,
  }),
  part('malformed', 'so is what is no range', 'bytes=a-b', { status: 200, body: DIGITS }),
  part('several', 'several ranges', 'bytes=0-1, 4-5', {
    status: 206,
    headers: { 'Content-Type': /^multipart\/byteranges; boundary=/ },
  }),
  part('several-one', 'several of which one can be satisfied', 'bytes=0-1, 50-60', cut('01', 'bytes 0-1/10')),
  part('overlap', 'ranges that overlap are ignored', 'bytes=0-5, 3-8', { status: 200, body: DIGITS }),
  part('many', 'so are many', `bytes=${Array.from({ length: 9 }, (_, i) => `${i}-${i}`).join(',')}`, {
    status: 200,
    body: DIGITS,
  }),
  part(
    'if-range',
    'If-Range with the tag',
    'bytes=0-1',
    cut('01', 'bytes 0-1/10'),
    whole([['ETag', '"a"']]),
    { 'If-Range': '"a"' },
  ),
  part(
    'if-range-other',
    'with another',
    'bytes=0-1',
    { status: 200, body: DIGITS },
    whole([['ETag', '"a"']]),
    { 'If-Range': '"b"' },
  ),
  part(
    'if-range-weak',
    'a weak one never matches',
    'bytes=0-1',
    { status: 200, body: DIGITS },
    whole([['ETag', 'W/"a"']]),
    { 'If-Range': 'W/"a"' },
  ),
  part(
    'if-range-date',
    'with the date',
    'bytes=0-1',
    cut('01', 'bytes 0-1/10'),
    whole([['Last-Modified', 'Mon, 01 Jan 2024 00:00:00 GMT']]),
    { 'If-Range': 'Mon, 01 Jan 2024 00:00:00 GMT' },
  ),
  part(
    'if-range-date-other',
    'with another date',
    'bytes=0-1',
    { status: 200, body: DIGITS },
    whole([['Last-Modified', 'Mon, 01 Jan 2024 00:00:00 GMT']]),
    { 'If-Range': 'Tue, 02 Jan 2024 00:00:00 GMT' },
  ),
  part(
    'condition',
    'a condition goes before a range',
    'bytes=0-1',
    { status: 304 },
    whole([['ETag', '"a"']]),
    { 'If-None-Match': '"a"' },
  ),
  part('head', 'a whole answers HEAD', 'bytes=0-1', { status: 206 }),
  part('part-same', 'a stored part answers for itself', 'bytes=4-9', cut('456789', 'bytes 4-9/10'), PART),
  part('part-suffix', 'in other words', 'bytes=-6', cut('456789', 'bytes 4-9/10'), PART),
  part('part-smaller', 'and for less', 'bytes=6-8', cut('678', 'bytes 6-8/10'), PART),
  part('part-open', 'from a byte on', 'bytes=6-', cut('6789', 'bytes 6-9/10'), PART),
  part('part-last', 'the last byte', 'bytes=-1', cut('9', 'bytes 9-9/10'), PART),
  part('part-more', 'not for more', 'bytes=3-9', { from: 'handler', asked: { Range: 'bytes=3-9' } }, PART),
  part('short-same', 'a part that is shorter than it says', 'bytes=-5', cut('45678', 'bytes 4-8/9'), SHORT),
  part('short-smaller', 'by its beginning', 'bytes=6-7', cut('67', 'bytes 6-7/9'), SHORT),
  part('short-open', 'up to its end', 'bytes=6-', cut('678', 'bytes 6-8/9'), SHORT),
  part('short-last', 'which is the end of the whole', 'bytes=-1', cut('8', 'bytes 8-8/9'), SHORT),
  {
    ...part('short-safe', 'by default it is not kept', 'bytes=6-7', { from: 'handler' }, SHORT),
    preset: 'safe',
  },
  {
    id: 'range-part-whole',
    section: '3.3',
    title: 'a stored part is no whole',
    steps: [PART, { expect: { from: 'handler', status: 200, asked: { Range: null } } }],
  },
  {
    id: 'range-completed',
    section: '3.4',
    title: 'a stored beginning is completed by the rest, and stored',
    steps: [
      beginning([['ETag', '"a"']]),
      rest([['ETag', '"a"']], { Range: 'bytes=5-', 'If-Range': '"a"' }, DIGITS),
      { expect: { from: 'cache', status: 200, body: DIGITS } },
    ],
  },
  {
    id: 'range-completed-any',
    section: '3.4',
    title: 'without a validator where the options say so',
    steps: [beginning([]), rest([], { Range: 'bytes=5-', 'If-Range': null }, DIGITS)],
  },
  {
    id: 'range-completed-safe',
    section: '3.4',
    title: 'by default only with a strong one',
    preset: 'safe',
    steps: [beginning([]), { expect: { from: 'handler', status: 200, asked: { Range: null } } }],
  },
  {
    id: 'range-completed-changed',
    section: '3.4',
    title: 'what has changed comes whole',
    steps: [
      beginning([['ETag', '"a"']]),
      {
        gives: { headers: [...FRESH, ['ETag', '"b"']], body: 'changed' },
        expect: { from: 'handler', status: 200, body: 'changed' },
      },
      { expect: { from: 'cache', body: 'changed' } },
    ],
  },
  {
    id: 'range-completed-other',
    section: '3.4',
    title: 'parts of two representations are never put together',
    steps: [
      beginning([['ETag', '"a"']]),
      {
        gives: {
          status: 206,
          headers: [...FRESH, ['ETag', '"b"'], ['Content-Range', 'bytes 5-9/10']],
          body: 'other',
        },
        expect: { from: 'handler', status: 502 },
      },
      { gives: { headers: FRESH, body: 'new' }, expect: { from: 'handler', status: 200, body: 'new' } },
    ],
  },
  {
    id: 'range-unit',
    section: '9110 14.1',
    title: 'other units are for the handler',
    steps: [
      whole(),
      { headers: { Range: 'lines=1-2' }, expect: { from: 'handler', asked: { Range: 'lines=1-2' } } },
    ],
  },
  {
    id: 'range-stale-whole',
    section: '4.3.1',
    title: 'a stale whole is validated for a range',
    steps: [
      {
        gives: { headers: [cacheControl('max-age=1'), ['ETag', '"a"']], body: DIGITS },
        expect: { from: 'handler' },
      },
      {
        after: PAST_ONE_SECOND,
        headers: { Range: 'bytes=2-3' },
        gives: { headers: [...FRESH, ['ETag', '"a"']], isUnchanged: true },
        expect: { from: 'validated', ...cut('23', 'bytes 2-3/10') },
      },
    ],
  },
];

/** RFC 9211. */
export const CACHE_STATUS: readonly Case[] = [
  {
    id: 'cs-miss',
    section: '9211 2.2',
    title: 'a miss',
    steps: [
      {
        gives: { headers: FRESH },
        expect: {
          from: 'handler',
          headers: { 'Cache-Status': /^Keepsake;fwd=uri-miss;fwd-status=200(;stored)?$/ },
        },
      },
    ],
  },
  reuses('cs-hit', '9211 2.1', 'a hit', FRESH, {
    expect: { headers: { 'Cache-Status': /^Keepsake;hit;ttl=[1-6]\d$/ } },
  }),
  reuses(
    'cs-after-others',
    '9211 2',
    'behind what stood there',
    [...FRESH, ['Cache-Status', 'Origin; hit']],
    {
      expect: { headers: { 'Cache-Status': /^Origin; hit, Keepsake;hit;ttl=\d+$/ } },
    },
  ),
  {
    id: 'cs-stale',
    section: '9211 2.2',
    title: 'a validation',
    steps: [
      { gives: { headers: [cacheControl('max-age=1'), ['ETag', '"a"']] }, expect: { from: 'handler' } },
      {
        after: PAST_ONE_SECOND,
        gives: { headers: [...FRESH, ['ETag', '"a"']], isUnchanged: true },
        expect: {
          from: 'validated',
          headers: { 'Cache-Status': 'Keepsake;fwd=stale;fwd-status=304;stored' },
        },
      },
    ],
  },
  {
    id: 'cs-request',
    section: '9211 2.2',
    title: 'because the request says so',
    steps: [
      stored(),
      {
        headers: { 'Cache-Control': 'no-cache' },
        expect: { from: 'handler', headers: { 'Cache-Status': /fwd=request/ } },
      },
    ],
  },
  {
    id: 'cs-vary',
    section: '9211 2.2',
    title: 'a variant that is not there',
    steps: [
      {
        headers: { 'X-A': '1' },
        gives: { headers: [...FRESH, ['Vary', 'X-A']] },
        expect: { from: 'handler' },
      },
      { headers: { 'X-A': '2' }, expect: { from: 'handler', headers: { 'Cache-Status': /fwd=vary-miss/ } } },
    ],
  },
  {
    id: 'cs-method',
    section: '9211 2.2',
    title: 'a method that is not answered from the store',
    steps: [{ method: 'POST', expect: { from: 'handler', headers: { 'Cache-Status': /fwd=method/ } } }],
  },
  {
    id: 'cs-bypass',
    section: '9211 2.2',
    title: 'a request that is passed by',
    steps: [
      {
        headers: { 'If-Match': '"a"' },
        expect: { from: 'handler', headers: { 'Cache-Status': /fwd=bypass/ } },
      },
    ],
  },
  {
    id: 'cs-partial',
    section: '9211 2.2',
    title: 'a part that has to be completed',
    steps: [PART, { expect: { from: 'handler', headers: { 'Cache-Status': /fwd=partial/ } } }],
  },
];

const group = (names: string, field = 'Cache-Groups'): Lines => [[field, names]];

const grouped = (id: string, title: string, write: Step, isGone: boolean, groups = '"g", "h"'): Case => ({
  id: `group-${id}`,
  section: '9875',
  title,
  isAlone: true,
  steps: [
    { path: '/a', gives: { headers: [...FRESH, ...group(groups)] }, expect: { from: 'handler' } },
    write,
    { path: '/a', expect: { from: isGone ? 'handler' : 'cache' } },
  ],
});

const invalidating = (names: string, method = 'POST', status = 200): Step => ({
  method,
  path: '/b',
  gives: { status, headers: group(names, 'Cache-Group-Invalidation') },
  expect: { from: 'handler' },
});

/** RFC 9875. Groups are those of the origin: each case has names of its own. */
export const GROUPS: readonly Case[] = [
  grouped('invalidated', 'a group ends by name', invalidating('"g1"'), true, '"g1", "h"'),
  grouped('one-of-several', 'by any of its groups', invalidating('"x", "h2"'), true, '"g2", "h2"'),
  grouped('other', 'another group ends nothing', invalidating('"i3"'), false, '"g3"'),
  grouped('case', 'names are case-sensitive', invalidating('"G4"'), false, '"g4"'),
  grouped(
    'safe-method',
    'a safe method invalidates none',
    { ...invalidating('"g5"', 'GET'), path: '/b' },
    false,
    '"g5"',
  ),
  grouped('malformed', 'no list of strings', invalidating('g6, "g6'), false, '"g6"'),
  grouped('token', 'a token is no string', invalidating('g7'), false, '"g7"'),
  grouped(
    'many',
    '32 groups of 32 characters',
    invalidating(`"${'z'.repeat(30)}31"`),
    true,
    Array.from({ length: 32 }, (_, i) => `"${'z'.repeat(30)}${String(i).padStart(2, '0')}"`).join(', '),
  ),
  {
    id: 'group-no-cascade',
    section: '9875 2.2',
    title: 'what ends by one group ends no other',
    isAlone: true,
    steps: [
      { path: '/a', gives: { headers: [...FRESH, ...group('"g9", "h9"')] }, expect: { from: 'handler' } },
      { path: '/c', gives: { headers: [...FRESH, ...group('"h9"')] }, expect: { from: 'handler' } },
      invalidating('"g9"'),
      { path: '/c', expect: { from: 'cache' } },
      { path: '/a', expect: { from: 'handler' } },
    ],
  },
];

/** RFC 9111 4, collapsed forwarding. */
export const COLLAPSE: readonly Case[] = [
  {
    id: 'collapse-miss',
    section: '4',
    title: 'many at once ask the handler once',
    steps: [
      {
        times: 20,
        gives: { headers: FRESH, takes: 100 },
        expect: { from: 'handler', runs: 1, body: 'collapse-miss 0' },
      },
    ],
  },
  {
    id: 'collapse-private',
    section: '5.2.2.7',
    title: 'but share nothing that is private',
    steps: [
      {
        times: 5,
        gives: { headers: [cacheControl('private')], takes: 50 },
        expect: { from: 'handler', runs: 5 },
      },
    ],
  },
  {
    id: 'collapse-stale',
    section: '4',
    title: 'a stale response is validated once',
    steps: [
      { gives: { headers: [cacheControl('max-age=1'), ['ETag', '"a"']] }, expect: { from: 'handler' } },
      {
        times: 20,
        after: PAST_ONE_SECOND,
        gives: { headers: [...FRESH, ['ETag', '"a"']], isUnchanged: true, takes: 100 },
        expect: { from: 'validated', runs: 1, body: 'collapse-stale 0' },
      },
    ],
  },
  {
    id: 'collapse-ranges',
    section: '4',
    title: 'so is one range',
    steps: [
      {
        times: 10,
        headers: { Range: 'bytes=4-9' },
        gives: {
          status: 206,
          headers: [...FRESH, ['Content-Range', 'bytes 4-9/10']],
          body: '456789',
          takes: 100,
        },
        expect: { from: 'handler', runs: 1, status: 206, body: '456789' },
      },
    ],
  },
];

/** RFC 8297, RFC 9110 15.2. */
export const INTERIM: readonly Case[] = [
  {
    id: 'interim-early',
    section: '8297',
    title: 'early hints pass',
    steps: [
      {
        gives: { headers: FRESH, early: [['X-Early', '1']] },
        expect: { from: 'handler', early: { 'X-Early': '1' } },
      },
    ],
  },
  {
    id: 'interim-not-stored',
    section: '9110 15.2',
    title: 'and are not part of what is stored',
    steps: [
      {
        gives: { headers: FRESH, early: [['X-Early', '1']] },
        expect: { from: 'handler', headers: { 'X-Early': null } },
      },
      { expect: { from: 'cache', headers: { 'X-Early': null } } },
    ],
  },
];
