import { asksAgain, at, cacheControl, type Case, NOW, PAST_ONE_SECOND, reuses } from '../case.ts';

/** RFC 9111 4.2: how long a response is fresh. */
export const FRESHNESS: readonly Case[] = [
  asksAgain('fresh-none', '4.2', 'neither a lifetime nor a validator: not reused', []),
  asksAgain('fresh-none-date', '4.2', 'a Date alone is no lifetime', [['Date', NOW]]),
  reuses('fresh-max-age', '5.2.2.1', 'max-age', [cacheControl('max-age=60')]),
  asksAgain('fresh-max-age-0', '5.2.2.1', 'max-age=0 is stale', [cacheControl('max-age=0')]),
  asksAgain('fresh-max-age-over', '5.2.2.1', 'max-age that is over', [cacheControl('max-age=1')], {
    after: PAST_ONE_SECOND,
  }),
  ...['2147483647', '2147483648', '2147483649', '99999999999'].map((seconds) =>
    reuses(`fresh-max-age-${seconds}`, '1.2.2', `max-age=${seconds} is fresh`, [
      cacheControl(`max-age=${seconds}`),
    ]),
  ),
  asksAgain('fresh-max-age-negative', '1.2.2', 'a negative max-age is stale', [cacheControl('max-age=-60')]),
  reuses('fresh-max-age-over-past-expires', '5.3', 'max-age beats a past Expires', [
    cacheControl('max-age=60'),
    ['Expires', at(-60)],
  ]),
  asksAgain('fresh-max-age-0-over-expires', '5.3', 'max-age=0 beats a later Expires', [
    cacheControl('max-age=0'),
    ['Expires', at(60)],
  ]),
  reuses('fresh-max-age-over-bad-expires', '5.3', 'max-age beats an Expires that is no date', [
    cacheControl('max-age=60'),
    ['Expires', '0'],
  ]),
  reuses('fresh-unknown-extension', '5.2.3', 'an unknown directive changes nothing', [
    cacheControl('foobar, max-age=60, baz="x"'),
  ]),
  reuses('fresh-odd-case', '5.2', 'directives in any case', [cacheControl('MaX-aGe=60')]),
  reuses('fresh-s-maxage', '5.2.2.10', 's-maxage is a lifetime by itself', [cacheControl('s-maxage=60')]),
  reuses('fresh-s-maxage-after', '5.2.2.10', 's-maxage beats a shorter max-age before it', [
    cacheControl('max-age=0, s-maxage=60'),
  ]),
  reuses('fresh-s-maxage-before', '5.2.2.10', 's-maxage beats a shorter max-age after it', [
    cacheControl('s-maxage=60, max-age=0'),
  ]),
  reuses('fresh-s-maxage-lines', '5.2.2.10', 's-maxage on a line of its own', [
    cacheControl('max-age=0'),
    cacheControl('s-maxage=60'),
  ]),
  asksAgain('fresh-s-maxage-0', '5.2.2.10', 's-maxage=0 beats a longer max-age', [
    cacheControl('max-age=60, s-maxage=0'),
  ]),
  asksAgain('fresh-s-maxage-0-expires', '5.2.2.10', 's-maxage=0 beats a later Expires', [
    cacheControl('s-maxage=0'),
    ['Expires', at(60)],
  ]),
  asksAgain('fresh-apparent-age', '4.2.3', 'a Date that is older than max-age', [
    cacheControl('max-age=60'),
    ['Date', at(-120)],
  ]),
  reuses('fresh-apparent-age-within', '4.2.3', 'a Date that is younger than max-age', [
    cacheControl('max-age=600'),
    ['Date', at(-120)],
  ]),
  reuses('fresh-date-ahead', '4.2.3', 'a Date ahead of us makes no negative age', [
    cacheControl('max-age=60'),
    ['Date', at(3_600)],
  ]),
];

/** RFC 9111 5.2: how Cache-Control is read. */
export const PARSING: readonly Case[] = [
  reuses('parse-quoted-no-store', '5.2', 'no-store inside a quoted string is none', [
    cacheControl('a="no-store, b", max-age=60'),
  ]),
  asksAgain('parse-quoted-max-age', '5.2', 'max-age inside a quoted string is none', [
    cacheControl('a="b, max-age=60"'),
  ]),
  reuses('parse-quoted-escape', '5.2', 'an escaped quote ends no string', [
    cacheControl('a="\\", no-store, b", max-age=60'),
  ]),
  reuses('parse-leading-zeros', '1.2.2', 'leading zeros are fine', [cacheControl('max-age=0060')]),
  asksAgain('parse-single-quotes', '5.2', 'single quotes are none', [cacheControl("max-age='60'")]),
  reuses('parse-quoted-number', '5.2', 'a quoted number is a number', [cacheControl('max-age="60"')]),
  asksAgain('parse-not-a-number', '1.2.2', 'letters are no number', [cacheControl('max-age=abc')]),
  asksAgain('parse-decimal', '1.2.2', 'a decimal is none', [cacheControl('max-age=60.0')]),
  asksAgain('parse-trailing-letters', '1.2.2', 'neither is a number with letters', [
    cacheControl('max-age=60s'),
  ]),
  asksAgain('parse-space-before-equals', '5.2', 'no white space before the equals sign', [
    cacheControl('max-age =60'),
  ]),
  asksAgain('parse-space-after-equals', '5.2', 'nor after it', [cacheControl('max-age= 60')]),
  asksAgain('parse-empty-argument', '5.2', 'max-age without a number', [cacheControl('max-age=')]),
  asksAgain('parse-no-argument', '5.2', 'max-age without an argument', [cacheControl('max-age')]),
  asksAgain('parse-two-differ', '4.2.1', 'two max-ages that differ are stale', [
    cacheControl('max-age=60, max-age=0'),
  ]),
  asksAgain('parse-two-lines-differ', '4.2.1', 'so are two on two lines', [
    cacheControl('max-age=0'),
    cacheControl('max-age=60'),
  ]),
  reuses('parse-two-alike', '4.2.1', 'two that are the same are one', [
    cacheControl('max-age=60, max-age=60'),
  ]),
  reuses('parse-empty-members', '9110 5.6.1', 'empty members are nothing', [cacheControl(',, max-age=60 ,')]),
  asksAgain('parse-unterminated', '5.2', 'an unterminated quote permits nothing', [
    cacheControl('max-age=60, a="b'),
  ]),
  asksAgain('parse-private-empty', '5.2.2.7', 'private="" is private', [
    cacheControl('private="", max-age=60'),
  ]),
  asksAgain('parse-private-nothing', '5.2.2.7', 'private= is private', [
    cacheControl('private=, max-age=60'),
  ]),
  asksAgain('parse-no-store-argument', '5.2.2.5', 'no-store=1 is no-store', [
    cacheControl('no-store=1, max-age=60'),
  ]),
];

/** RFC 9111 5.1. */
export const AGE: readonly Case[] = [
  ...['abc', '-7200', '7200.0', '"7200"', ''].map((age, i) =>
    reuses(`age-invalid-${i}`, '5.1', `Age: ${age} is no age`, [cacheControl('max-age=3600'), ['Age', age]]),
  ),
  asksAgain('age-over', '4.2.3', 'an Age over the lifetime', [cacheControl('max-age=60'), ['Age', '61']]),
  asksAgain('age-equal', '4.2', 'an Age of the lifetime', [cacheControl('max-age=60'), ['Age', '60']]),
  reuses('age-under', '4.2.3', 'an Age below the lifetime', [cacheControl('max-age=60'), ['Age', '30']], {
    expect: { headers: { Age: /^3\d$/ } },
  }),
  ...['2147483648', '99999999999'].map((age) =>
    asksAgain(`age-huge-${age}`, '1.2.2', `Age: ${age} is older than anything`, [
      cacheControl('max-age=2147483648'),
      ['Age', age],
    ]),
  ),
  asksAgain('age-list', '5.1', 'the first member of a list counts', [
    cacheControl('max-age=3600'),
    ['Age', '7200, 0'],
  ]),
  reuses('age-list-first', '5.1', 'and only that', [cacheControl('max-age=3600'), ['Age', '0, 7200']]),
  asksAgain('age-lines', '5.1', 'of several lines the first counts', [
    cacheControl('max-age=3600'),
    ['Age', '7200'],
    ['Age', '0'],
  ]),
  reuses('age-lines-first', '5.1', 'and only that one', [
    cacheControl('max-age=3600'),
    ['Age', '0'],
    ['Age', '7200'],
  ]),
  reuses('age-generated', '5.1', 'Age is generated', [cacheControl('max-age=3600')], {
    after: 1_050,
    expect: { headers: { Age: /^[1-9]$/ } },
  }),
];

/** RFC 9111 5.3. */
export const EXPIRES: readonly Case[] = [
  reuses('expires-future', '5.3', 'a later Expires', [
    ['Expires', at(60)],
    ['Date', NOW],
  ]),
  reuses('expires-no-date', '5.3', 'the time of receipt where there is no Date', [['Expires', at(60)]]),
  asksAgain('expires-past', '5.3', 'a past Expires', [
    ['Expires', at(-60)],
    ['Date', NOW],
  ]),
  asksAgain('expires-equal', '5.3', 'Expires at Date', [
    ['Expires', NOW],
    ['Date', NOW],
  ]),
  asksAgain('expires-zero', '5.3', 'Expires: 0', [['Expires', '0']]),
  asksAgain('expires-word', '5.3', 'Expires: never', [['Expires', 'never']]),
  asksAgain('expires-empty', '5.3', 'an empty Expires', [['Expires', '']]),
  asksAgain('expires-two', '5.3', 'two lines of it', [
    ['Expires', at(60)],
    ['Expires', at(60)],
  ]),
  asksAgain('expires-before-date', '4.2.1', 'earlier than a Date that lies ahead', [
    ['Expires', at(60)],
    ['Date', at(120)],
  ]),
  reuses('expires-bad-date', '4.2.1', 'an invalid Date is that of receipt', [
    ['Expires', at(60)],
    ['Date', 'foo'],
  ]),
  asksAgain('expires-age', '4.2.3', 'an Age above what Expires leaves', [
    ['Expires', at(60)],
    ['Date', NOW],
    ['Age', '61'],
  ]),
  asksAgain('expires-age-slow-clock', '4.2.3', 'the same where the clock of the handler is slow', [
    ['Expires', at(-3_540)],
    ['Date', at(-3_600)],
    ['Age', '61'],
  ]),
  asksAgain('expires-age-fast-clock', '4.2.3', 'the same where it is fast', [
    ['Expires', at(3_660)],
    ['Date', at(3_600)],
    ['Age', '61'],
  ]),
  reuses('expires-age-within', '4.2.3', 'an Age below it', [
    ['Expires', at(600)],
    ['Date', NOW],
    ['Age', '61'],
  ]),
  reuses(
    'expires-verbatim',
    '5.3',
    'Expires and Date pass unchanged',
    [
      ['Expires', 'Fri, 01 Jan 2100 00:00:00 GMT'],
      ['Date', 'Fri, 01 Jan 2077 00:00:00 GMT'],
    ],
    {
      expect: {
        headers: { Expires: 'Fri, 01 Jan 2100 00:00:00 GMT', Date: 'Fri, 01 Jan 2077 00:00:00 GMT' },
      },
    },
  ),
];

const DATES_OF_THE_FUTURE: readonly string[] = [
  'Thu, 18 Aug 2050 02:01:18 GMT',
  'Thursday, 18-Aug-50 02:01:18 GMT',
  'Thu Aug 18 02:01:18 2050',
  'Sun Aug  7 02:01:18 2050',
  'thu, 18 aug 2050 02:01:18 gmt',
  'THU, 18 AUG 2050 02:01:18 GMT',
  'Tue, 19 Jan 2038 03:14:07 GMT',
  'Tue, 19 Jan 2038 03:14:08 GMT',
  'Sun, 21 Nov 2286 04:46:39 GMT',
  'Fri, 31 Dec 9999 23:59:59 GMT',
];

const NO_DATES: readonly string[] = [
  'Thu, 18 Aug 2050 02:01:18 UTC',
  'Thu, 18 Aug 2050 02:01:18 AEST',
  'Thu, 18 Aug 2050 02:01:18 +0000',
  'Thu, 18 Aug 2050 02:01:18',
  'Thu, 18 Aug 50 02:01:18 GMT',
  'Thu 18 Aug 2050 02:01:18 GMT',
  'Thu, 18  Aug 2050 02:01:18 GMT',
  'Thu,18 Aug 2050 02:01:18 GMT',
  'Thu, 18-Aug-2050 02:01:18 GMT',
  'Thu, 18 Aug 2050 02.01.18 GMT',
  'Thu, 18 Aug 2050 2:01:18 GMT',
  'Thu, 8 Aug 2050 02:01:18 GMT',
  '18 Aug 2050 02:01:18 GMT',
  'Thu, 18 August 2050 02:01:18 GMT',
  'Thu, 32 Aug 2050 02:01:18 GMT',
  'Thu, 18 Aug 2050 25:01:18 GMT',
  '2050-08-18T02:01:18Z',
  '2544285678',
];

/** RFC 9110 5.6.7. */
export const DATES: readonly Case[] = [
  ...DATES_OF_THE_FUTURE.map((date, i) =>
    reuses(`date-valid-${i}`, '9110 5.6.7', `${date} is a date`, [['Expires', date]]),
  ),
  ...NO_DATES.map((date, i) =>
    asksAgain(`date-invalid-${i}`, '9110 5.6.7', `${date} is none`, [['Expires', date]]),
  ),
];
