import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deltaSeconds, hasDirective, noCacheFields, parseCacheControl } from './cache-control.ts';

describe('Cache-Control (RFC 9111 5.2)', () => {
  it.each([
    ['max-age=60', 60],
    ['MAX-AGE=60', 60],
    ['max-age="60"', 60],
    ['max-age=0060', 60],
    ['foo, max-age=60, bar=1', 60],
    [', ,max-age=60,', 60],
    ['max-age=2147483647', 2_147_483_647],
    ['max-age=2147483648', 2_147_483_648],
    ['max-age=2147483649', 2_147_483_648],
    ['max-age=99999999999', 2_147_483_648],
    ['max-age=60, max-age=60', 60],
    ['max-age=60, max-age=61', 0],
    ['max-age=-1', 0],
    ['max-age=1.5', 0],
    ['max-age=', 0],
    ['max-age', 0],
    ["max-age='60'", 0],
    ['max-age=6x', 0],
    ['x="max-age=60"', undefined],
    ['x="a\\", max-age=60"', undefined],
    ['s-max-age=60', undefined],
  ])('%s: max-age is %s', (text, expected) => {
    expect(deltaSeconds(parseCacheControl(text), 'max-age')).toBe(expected);
  });

  it.each([
    ['private="a", max-age=60', false],
    ['x="no-store, private"', false],
    ['ext=a:b', true],
    ['private=', true],
    ['max-age=60; public', true],
    ['max-age = 60', true],
    ['max-age =60', true],
    ['max-age= 60', true],
    ['private="a', true],
    ['max-age=60, x="', true],
    ['=1', true],
    ['a b', true],
    ['', false],
  ])('%j: malformed is %s', (text, expected) => {
    expect(parseCacheControl(text).malformed).toBe(expected);
  });

  it.each([
    ['no-cache', 'all'],
    ['no-cache=""', 'all'],
    ['no-cache="a b"', 'all'],
    ['no-cache, no-cache="a"', 'all'],
    ['no-cache="Set-Cookie, X-A"', ['set-cookie', 'x-a']],
    ['no-cache=a', ['a']],
    ['max-age=1', []],
  ])('%s is about %j', (text, expected) => {
    expect(noCacheFields(parseCacheControl(text))).toEqual(expected);
  });

  it('never throws, and never loses a restriction that stands first', () => {
    fc.assert(
      fc.property(fc.string(), (tail) => {
        const control = parseCacheControl(`no-store, ${tail}`);
        expect(control.malformed || hasDirective(control, 'no-store')).toBe(true);
      }),
    );
  });
});
