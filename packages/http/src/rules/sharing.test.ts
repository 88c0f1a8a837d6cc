import { describe, expect, it } from 'vitest';
import { initialAge } from './age.ts';
import { type FieldLine, type FieldLines } from './fields.ts';
import { lifetimeOf } from './lifetime.ts';
import { audienceOf, maySetCookies, mayShareWith } from './sharing.ts';
import { responseControlOf } from './targeted.ts';

const NOW = Date.UTC(2026, 0, 1);
const at = (offsetS: number): string => new Date(NOW + offsetS * 1_000).toUTCString();

const audience = (fields: FieldLines, serverTtlS: number | undefined, addedMaxAge = false) => {
  const { control, isTargeted } = responseControlOf(fields, []);
  const lifetime = lifetimeOf({ status: 200, fields, control, isTargeted }, { serverTtlS, addedMaxAge }, NOW);
  return audienceOf(control, lifetime, initialAge(fields, NOW));
};
const says = (value: string): FieldLine => ['Cache-Control', value];

const COOKIE: FieldLines = [['Cookie', 'session=a']];
const BEARER: FieldLines = [['Authorization', 'Bearer a']];

describe('whom a response may be shared with', () => {
  it.each<[string, FieldLines, number | undefined, boolean, boolean]>([
    // What the handler says, and serverTtl: may it be shared with Cookie, with Authorization?
    ['nothing', [], 60, false, false],
    ['max-age', [says('max-age=60')], undefined, true, false],
    ['max-age', [says('max-age=5')], 60, true, false],
    ['max-age=0', [says('max-age=0')], 60, false, false],
    ['max-age=0 on another line', [says('public'), says('max-age=0')], 60, false, false],
    ['a max-age that is no number', [says('max-age=abc')], 60, false, false],
    ['a negative max-age', [says('max-age=-1')], 60, false, false],
    ['max-age without a number', [says('max-age')], 60, false, false],
    ['max-age twice, unlike', [says('max-age=60, max-age=5')], 60, false, false],
    ['max-age=0 over a later Expires', [says('max-age=0'), ['Expires', at(60)]], 60, false, false],
    ['a max-age that is already over', [says('max-age=5'), ['Age', '10']], 60, false, false],
    ['a max-age that is over by Date', [says('max-age=5'), ['Date', at(-10)]], 60, false, false],
    ['Expires: 0', [['Expires', '0']], 60, false, false],
    ['Expires in the past', [['Expires', at(-60)]], 60, false, false],
    ['Expires that is no date', [['Expires', 'tomorrow']], 60, false, false],
    ['Expires ahead', [['Expires', at(60)]], undefined, true, false],
    ['Expires ahead', [['Expires', at(5)]], 60, true, false],
    ['Pragma: no-cache', [['Pragma', 'no-cache']], 60, false, false],
    ['must-revalidate alone', [says('must-revalidate')], 60, false, false],
    ['max-age=0, must-revalidate', [says('max-age=0, must-revalidate')], 60, false, false],
    ['max-age, must-revalidate', [says('max-age=60, must-revalidate')], undefined, true, true],
    ['a longer must-revalidate', [says('max-age=90, must-revalidate')], 60, true, true],
    ['a shorter must-revalidate', [says('max-age=5, must-revalidate')], 60, true, false],
    ['public alone', [says('public')], 60, false, false],
    ['public, max-age=0', [says('public, max-age=0')], 60, false, false],
    ['public, max-age', [says('public, max-age=5')], 60, true, true],
    ['s-maxage', [says('s-maxage=5, max-age=0')], 60, true, true],
    ['s-maxage=0', [says('s-maxage=0, max-age=60')], 60, false, false],
    ['an s-maxage that is no number', [says('s-maxage=abc, max-age=60')], 60, false, false],
    ['proxy-revalidate', [says('max-age=60, proxy-revalidate')], undefined, true, false],
    ['immutable', [says('immutable')], 60, false, false],
  ])('%s (%j), serverTtl %s: with Cookie %s, with Authorization %s', (_, fields, ttl, cookie, bearer) => {
    const of = audience(fields, ttl);
    expect([mayShareWith(of, COOKIE), mayShareWith(of, BEARER)]).toEqual([cookie, bearer]);
    expect(mayShareWith(of, [...COOKIE, ...BEARER])).toBe(cookie && bearer);
    expect(mayShareWith(of, [])).toBe(true);
  });

  it('a max-age that an option added shares with nobody who has credentials', () => {
    const of = audience([says('max-age=60')], undefined, true);
    expect([mayShareWith(of, COOKIE), mayShareWith(of, BEARER), mayShareWith(of, [])]).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('a response that sets a cookie is for others only on the word of the handler', () => {
    const cookie: FieldLine = ['Set-Cookie', 'session=a'];
    expect(maySetCookies(audience([cookie], 60), [cookie])).toBe(false);
    expect(maySetCookies(audience([cookie, says('max-age=0')], 60), [cookie])).toBe(false);
    expect(maySetCookies(audience([cookie, says('max-age=5')], 60), [cookie])).toBe(true);
    expect(maySetCookies(audience([], 60), [])).toBe(true);
  });
});
