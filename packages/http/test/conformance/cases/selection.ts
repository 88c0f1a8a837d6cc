import {
  cacheControl,
  type Case,
  type Lines,
  NOW,
  PAST_ONE_SECOND,
  type Source,
  type Step,
} from '../case.ts';

const varying = (
  id: string,
  title: string,
  vary: readonly string[],
  first: Readonly<Record<string, string>>,
  second: Readonly<Record<string, string>>,
  from: Source,
  preset: 'safe' | 'conformance' = 'conformance',
): Case => ({
  id,
  section: '4.1',
  title,
  preset,
  steps: [
    {
      headers: first,
      gives: { headers: [cacheControl('max-age=60'), ...vary.map((value) => ['Vary', value] as const)] },
      expect: { from: 'handler' },
    },
    { headers: second, expect: { from } },
  ],
});

/** The first response is in German, chosen by `en, de` and X-A. */
const german = (
  id: string,
  title: string,
  accepted: string,
  from: Source,
  more: { readonly field?: string; readonly preset?: 'safe' } = {},
): Case => ({
  id: `vary-language-${id}`,
  section: '9110 12.5.4',
  title,
  ...(more.preset && { preset: more.preset }),
  steps: [
    {
      headers: { 'Accept-Language': 'en, de', 'X-A': '1' },
      gives: {
        headers: [cacheControl('max-age=60'), ['Vary', 'Accept-Language, X-A'], ['Content-Language', 'de']],
      },
      expect: { from: 'handler' },
    },
    { headers: { 'Accept-Language': accepted, 'X-A': more.field ?? '1' }, expect: { from } },
  ],
});

const A = { 'X-A': '1' };
const AB = { 'X-A': '1', 'X-B': '2' };
const ABC = { 'X-A': '1', 'X-B': '2', 'X-C': '3' };

/** RFC 9111 4.1, RFC 9110 12.5.5. */
export const VARY: readonly Case[] = [
  varying('vary-match', 'the same value', ['X-A'], A, A, 'cache'),
  varying('vary-no-match', 'another value', ['X-A'], A, { 'X-A': '2' }, 'handler'),
  varying('vary-omitted', 'left out the second time', ['X-A'], A, {}, 'handler'),
  varying('vary-omitted-first', 'left out the first time', ['X-A'], {}, A, 'handler'),
  varying('vary-omitted-both', 'left out both times', ['X-A'], {}, {}, 'cache'),
  varying('vary-case', 'names in any case', ['x-a'], A, A, 'cache'),
  varying('vary-case-no-match', 'names in any case, another value', ['x-a'], A, { 'X-A': '2' }, 'handler'),
  varying('vary-two', 'two fields', ['X-A, X-B'], AB, AB, 'cache'),
  varying(
    'vary-two-no-match',
    'two fields, one of them other',
    ['X-A, X-B'],
    AB,
    { ...AB, 'X-B': '3' },
    'handler',
  ),
  varying('vary-two-omitted', 'two fields, one left out', ['X-A, X-B'], AB, A, 'handler'),
  varying('vary-two-lines', 'two fields on two lines', ['X-A', 'X-B'], AB, { ...AB, 'X-B': '3' }, 'handler'),
  varying('vary-three', 'three fields', ['X-A, X-B, X-C'], ABC, ABC, 'cache'),
  varying(
    'vary-three-no-match',
    'three fields, one of them other',
    ['X-A, X-B, X-C'],
    ABC,
    { ...ABC, 'X-C': '4' },
    'handler',
  ),
  varying('vary-three-omitted', 'three fields, one left out', ['X-A, X-B, X-C'], ABC, AB, 'handler'),
  varying('vary-star', 'nothing matches *', ['*'], A, A, 'handler'),
  varying('vary-star-list', '* in a list', ['X-A, *'], A, A, 'handler'),
  varying('vary-star-first', '* before a name', ['*, X-A'], A, A, 'handler'),
  varying('vary-star-empty', '* behind an empty member', [', *'], A, A, 'handler'),
  varying('vary-star-line', '* on a second line', ['X-A', '*'], A, A, 'handler'),
  varying('vary-malformed', 'what is no name is as *', ['X A'], A, A, 'handler'),
  varying('vary-empty', 'an empty Vary names nothing', [''], A, {}, 'cache'),
  varying('vary-empty-members', 'empty members', [', X-A,, '], A, A, 'cache'),
  varying('vary-space', 'white space around commas', ['X-A'], { 'X-A': '1, 2' }, { 'X-A': '1 ,2' }, 'cache'),
  varying(
    'vary-language-order',
    'languages in another order',
    ['Accept-Language'],
    { 'Accept-Language': 'en, de' },
    { 'Accept-Language': 'de, en' },
    'cache',
  ),
  varying(
    'vary-language-case',
    'languages in another case',
    ['Accept-Language'],
    { 'Accept-Language': 'en, de' },
    { 'Accept-Language': 'eN, De' },
    'cache',
  ),
  varying(
    'vary-language-weight',
    'other weights',
    ['Accept-Language'],
    { 'Accept-Language': 'en;q=0.5, de' },
    { 'Accept-Language': 'en, de;q=0.5' },
    'handler',
  ),
  varying(
    'vary-language-safe',
    'by default as it was sent',
    ['Accept-Language'],
    { 'Accept-Language': 'en, de' },
    { 'Accept-Language': 'de, en' },
    'handler',
    'safe',
  ),
  german('favourite', 'the language that is liked best', 'fr;q=0.5, de;q=0.9, *;q=0.1', 'cache'),
  german('favourite-case', 'in any case', 'DE', 'cache'),
  german('second-best', 'one that is liked less than another', 'fr, de;q=0.5', 'handler'),
  german('tie', 'one of two that are liked best', 'fr, de', 'handler'),
  german('any', 'any language at all', '*', 'handler'),
  german('refused', 'a language that is refused', 'de;q=0', 'handler'),
  german('elsewhere', 'another field that Vary names differs', 'de', 'handler', { field: '2' }),
  german('favourite-safe', 'by default as it was sent', 'de', 'handler', { preset: 'safe' }),
  {
    id: 'vary-several',
    section: '4.1',
    title: 'several variants at once',
    steps: [
      ...['1', '2', '3'].map((value): Step => ({
        headers: { 'X-A': value },
        gives: { headers: [cacheControl('max-age=60'), ['Vary', 'X-A']] },
        expect: { from: 'handler' },
      })),
      ...['1', '2', '3'].map((value, i): Step => ({
        headers: { 'X-A': value },
        expect: { from: 'cache', body: `vary-several ${i}` },
      })),
    ],
  },
];

const ETAG: Lines = [
  cacheControl('max-age=60'),
  ['ETag', '"a"'],
  ['Last-Modified', 'Mon, 01 Jan 2024 00:00:00 GMT'],
];

const asked = (
  id: string,
  title: string,
  headers: Readonly<Record<string, string>>,
  expect: Partial<Step['expect']>,
  stored: Lines = ETAG,
): Case => ({
  id,
  section: '4.3.2',
  title,
  steps: [
    { gives: { headers: stored }, expect: { from: 'handler' } },
    { headers, expect: { from: 'cache', ...expect } },
  ],
});

const UNCHANGED = { status: 304, body: '' };
const WHOLE = { status: 200 };

const VALIDATORS: readonly (readonly [string, Lines[number], Readonly<Record<string, string>>])[] = [
  ['etag', ['ETag', '"a"'], { 'If-None-Match': '"a"' }],
  ['weak', ['ETag', 'W/"a"'], { 'If-None-Match': 'W/"a"' }],
  ['unquoted', ['ETag', 'a'], { 'If-None-Match': 'a' }],
  [
    'date',
    ['Last-Modified', 'Mon, 01 Jan 2024 00:00:00 GMT'],
    { 'If-Modified-Since': 'Mon, 01 Jan 2024 00:00:00 GMT' },
  ],
];

/** RFC 9111 4.3. */
export const CONDITIONAL: readonly Case[] = [
  asked(
    'cond-etag',
    'a tag that matches',
    { 'If-None-Match': '"a"' },
    { ...UNCHANGED, headers: { ETag: '"a"' } },
  ),
  asked('cond-etag-weak', 'compared weakly', { 'If-None-Match': 'W/"a"' }, UNCHANGED),
  asked('cond-etag-weak-stored', 'a weak one that is stored', { 'If-None-Match': '"a"' }, UNCHANGED, [
    cacheControl('max-age=60'),
    ['ETag', 'W/"a"'],
  ]),
  asked('cond-etag-first', 'first of a list', { 'If-None-Match': '"a", "b"' }, UNCHANGED),
  asked('cond-etag-second', 'second of a list', { 'If-None-Match': '"b", "a", "c"' }, UNCHANGED),
  asked('cond-etag-last', 'last of a list', { 'If-None-Match': '"b", "a"' }, UNCHANGED),
  asked('cond-etag-star', 'any', { 'If-None-Match': '*' }, UNCHANGED),
  asked('cond-etag-other', 'a tag that does not match', { 'If-None-Match': '"b"' }, WHOLE),
  asked('cond-etag-comma', 'a comma inside a tag', { 'If-None-Match': '"b,a"' }, WHOLE),
  asked(
    'cond-date',
    'a date that is the same',
    { 'If-Modified-Since': 'Mon, 01 Jan 2024 00:00:00 GMT' },
    UNCHANGED,
  ),
  asked(
    'cond-date-later',
    'a later one',
    { 'If-Modified-Since': 'Tue, 02 Jan 2024 00:00:00 GMT' },
    UNCHANGED,
  ),
  asked(
    'cond-date-earlier',
    'an earlier one',
    { 'If-Modified-Since': 'Sun, 31 Dec 2023 00:00:00 GMT' },
    WHOLE,
  ),
  asked(
    'cond-date-850',
    'in the form of RFC 850',
    { 'If-Modified-Since': 'Monday, 01-Jan-24 00:00:00 GMT' },
    UNCHANGED,
  ),
  asked(
    'cond-date-asctime',
    'in that of asctime',
    { 'If-Modified-Since': 'Mon Jan  1 00:00:00 2024' },
    UNCHANGED,
  ),
  asked('cond-date-none', 'no date', { 'If-Modified-Since': 'yesterday' }, WHOLE),
  asked(
    'cond-etag-over-date',
    'a tag goes before a date',
    { 'If-None-Match': '"b"', 'If-Modified-Since': 'Tue, 02 Jan 2024 00:00:00 GMT' },
    WHOLE,
  ),
  asked(
    'cond-etag-over-date-match',
    'both ways',
    { 'If-None-Match': '"a"', 'If-Modified-Since': 'Sun, 31 Dec 2023 00:00:00 GMT' },
    UNCHANGED,
  ),
  asked(
    'cond-date-by-date',
    'by Date where nothing says when it changed',
    { 'If-Modified-Since': 'Fri, 01 Jan 2100 00:00:00 GMT' },
    UNCHANGED,
    [cacheControl('max-age=60'), ['Date', NOW]],
  ),
  ...VALIDATORS.map(([name, validator, condition]): Case => ({
    id: `cond-validates-${name}`,
    section: '4.3.1',
    title: `a stale response is validated: ${name}`,
    steps: [
      { gives: { headers: [cacheControl('max-age=1'), validator] }, expect: { from: 'handler' } },
      {
        after: PAST_ONE_SECOND,
        gives: { headers: [cacheControl('max-age=60'), validator], isUnchanged: true },
        expect: { from: 'validated', status: 200, body: `cond-validates-${name} 0`, asked: condition },
      },
      { expect: { from: 'cache', body: `cond-validates-${name} 0` } },
    ],
  })),
  {
    id: 'cond-changed',
    section: '4.3.3',
    title: 'a new response takes the place of the stale one',
    steps: [
      { gives: { headers: [cacheControl('max-age=1'), ['ETag', '"a"']] }, expect: { from: 'handler' } },
      {
        after: PAST_ONE_SECOND,
        gives: { headers: [cacheControl('max-age=60'), ['ETag', '"b"']] },
        expect: { from: 'handler', body: 'cond-changed 1', asked: { 'If-None-Match': '"a"' } },
      },
      { expect: { from: 'cache', body: 'cond-changed 1', headers: { ETag: '"b"' } } },
    ],
  },
  {
    id: 'cond-stale-client',
    section: '4.3.2',
    title: "a stale response is validated before the client's own condition is answered",
    steps: [
      { gives: { headers: [cacheControl('max-age=1'), ['ETag', '"a"']] }, expect: { from: 'handler' } },
      {
        after: PAST_ONE_SECOND,
        headers: { 'If-None-Match': '"a"' },
        gives: { headers: [cacheControl('max-age=60'), ['ETag', '"a"']], isUnchanged: true },
        expect: { from: 'validated', status: 304, headers: { ETag: '"a"' } },
      },
      { expect: { from: 'cache', status: 200, body: 'cond-stale-client 0' } },
    ],
  },
  {
    id: 'cond-stale-client-other',
    section: '4.3.2',
    title: 'and a client that has another one gets it whole',
    steps: [
      { gives: { headers: [cacheControl('max-age=1'), ['ETag', '"a"']] }, expect: { from: 'handler' } },
      {
        after: PAST_ONE_SECOND,
        headers: { 'If-None-Match': '"old"' },
        gives: { headers: [cacheControl('max-age=60'), ['ETag', '"a"']], isUnchanged: true },
        expect: {
          from: 'validated',
          status: 200,
          body: 'cond-stale-client-other 0',
          asked: { 'If-None-Match': '"a"' },
        },
      },
    ],
  },
  {
    id: 'cond-vary',
    section: '4.3.1',
    title: 'a validation carries the fields that Vary names',
    steps: [
      {
        headers: { 'X-A': '1' },
        gives: { headers: [cacheControl('max-age=1'), ['ETag', '"a"'], ['Vary', 'X-A']] },
        expect: { from: 'handler' },
      },
      {
        after: PAST_ONE_SECOND,
        headers: { 'X-A': '1' },
        gives: { headers: [cacheControl('max-age=60'), ['ETag', '"a"'], ['Vary', 'X-A']], isUnchanged: true },
        expect: { from: 'validated', asked: { 'If-None-Match': '"a"', 'X-A': '1' } },
      },
    ],
  },
  {
    id: 'cond-vary-other',
    section: '4.3.1',
    title: 'and no validator of another variant',
    steps: [
      {
        headers: { 'X-A': '1' },
        gives: { headers: [cacheControl('max-age=1'), ['ETag', '"a"'], ['Vary', 'X-A']] },
        expect: { from: 'handler' },
      },
      {
        after: PAST_ONE_SECOND,
        headers: { 'X-A': '2' },
        expect: { from: 'handler', asked: { 'If-None-Match': null, 'X-A': '2' } },
      },
    ],
  },
  {
    id: 'cond-private',
    section: '4.3.2',
    title: 'what is not stored is unchanged for the client that has it all the same',
    steps: [
      {
        headers: { 'If-None-Match': '"a"' },
        gives: { headers: [cacheControl('private'), ['ETag', '"a"']] },
        expect: { from: 'handler', status: 304, body: '', headers: { ETag: '"a"' } },
      },
      {
        gives: { headers: [cacheControl('private'), ['ETag', '"a"']] },
        expect: { from: 'handler', status: 200 },
      },
    ],
  },
  {
    id: 'cond-miss',
    section: '4.3.2',
    title: 'a condition of a client does not keep the whole from being stored',
    steps: [
      {
        headers: { 'If-None-Match': '"a"' },
        gives: { headers: [cacheControl('max-age=60'), ['ETag', '"a"']], isUnchanged: true },
        expect: { from: 'handler', status: 304, asked: { 'If-None-Match': null } },
      },
      { expect: { from: 'cache', status: 200, body: 'cond-miss 0' } },
    ],
  },
];
