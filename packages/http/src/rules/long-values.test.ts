import { describe, expect, it } from 'vitest';
import { mustBypass } from './bypass.ts';
import { isNotModified } from './conditional.ts';
import { favouriteLanguage } from './language.ts';
import { selectRanges } from './range.ts';
import { requestControlOf } from './reusable.ts';
import { normalizedValue } from './vary.ts';

/** Longer than any server takes, so that what grows by the square of it is seen to. */
const LENGTH = 50_000;
/** Ten times what the slowest takes; by the square the same took a second. */
const DEADLINE_MS = 400;

const gap = (end: string): string => ' '.repeat(LENGTH) + end;
const NOW = Date.UTC(2026, 0, 1);
const stored = { status: 200, fields: [['ETag', '"1"']] as const };

/** A request is read before anything is known of who sends it. */
describe('a value takes no longer to read than it is long', () => {
  it.each<[string, (value: string) => unknown]>([
    ['Cache-Control', (value) => requestControlOf([['Cache-Control', `a${value}`]])],
    ['Cache-Control with an argument', (value) => requestControlOf([['Cache-Control', `a${value}=b`]])],
    ['Pragma', (value) => requestControlOf([['Pragma', `a${value}`]])],
    ['Range', (value) => selectRanges([['Range', `bytes=0-1,a${value}`]], [], 10)],
    ['Upgrade', (value) => mustBypass([['Upgrade', `a${value}`]])],
    ['If-None-Match', (value) => isNotModified([['If-None-Match', `"a"${value}`]], stored, NOW)],
    ['If-Modified-Since', (value) => isNotModified([['If-Modified-Since', `Mon,${value}`]], stored, NOW)],
    ['a field that Vary names', (value) => normalizedValue([['X-A', `a${value}`]], 'x-a', false)],
    [
      'Accept-Language by meaning',
      (value) => normalizedValue([['Accept-Language', `a${value}`]], 'accept-language', true),
    ],
    [
      'Accept-Language with a weight',
      (value) => normalizedValue([['Accept-Language', `a;${value}`]], 'accept-language', true),
    ],
    ['Accept-Language, the favourite', (value) => favouriteLanguage([['Accept-Language', `a${value}`]])],
  ])('%s', (_, read) => {
    for (const value of [
      gap('b'),
      gap(';q=1'),
      ','.repeat(LENGTH),
      '"'.repeat(LENGTH),
      ', '.repeat(LENGTH),
    ]) {
      const startedMs = performance.now();
      read(value);
      expect(performance.now() - startedMs).toBeLessThan(DEADLINE_MS);
    }
  });
});
