import { describe, expect, it } from 'vitest';
import { canonicalQuery, searchRuleOf } from './no-vary-search.ts';

const rule = (value: string) => searchRuleOf([['No-Vary-Search', value]]);

describe('No-Vary-Search', () => {
  it.each([
    ['key-order', { keyOrder: true, ignored: [], except: [] }],
    ['params', { keyOrder: false, ignored: 'all', except: [] }],
    ['params=("a" "b")', { keyOrder: false, ignored: ['a', 'b'], except: [] }],
    ['params, except=("a")', { keyOrder: false, ignored: 'all', except: ['a'] }],
    ['key-order, params=("a")', { keyOrder: true, ignored: ['a'], except: [] }],
  ])('%s', (value, expected) => {
    expect(rule(value)).toEqual(expected);
  });

  it.each([
    '',
    'params=?0',
    'params=()',
    'key-order=?0',
    'key-order=1',
    'params=a',
    'params=(a)',
    'params="a"',
    'except=("a")',
    'params=("a"), except=("b")',
    'params=("a"',
    `params=(${Array.from({ length: 101 }, (_, i) => `"${i}"`).join(' ')})`,
  ])('%s: every difference counts', (value) => {
    expect(rule(value)).toBeUndefined();
  });

  it('is none where there is no such field', () => {
    expect(searchRuleOf([])).toBeUndefined();
  });

  it.each<[string, string | null, string | null, boolean]>([
    ['key-order', 'a=1&b=2', 'b=2&a=1', true],
    ['key-order', 'a=1&a=2', 'a=2&a=1', false],
    ['key-order', 'a=1', 'a=2', false],
    ['params=("utm")', 'a=1&utm=x', 'utm=y&a=1', true],
    ['params=("utm")', 'a=1&utm=x', 'a=1', true],
    ['params=("utm")', 'a=1&%75tm=x', 'a=1', true],
    ['params=("utm")', 'a=1&b=2', 'b=2&a=1', false],
    ['params=("utm")', 'utm=1', null, true],
    ['params', 'a=1', null, true],
    ['params', 'a=1', 'b=2', true],
    ['params, except=("a")', 'a=1&b=2', 'b=3&a=1', true],
    ['params, except=("a")', 'a=1', 'a=2', false],
    ['params=("x")', 'a=%20', 'a=+', true],
    ['params=("x")', 'a=1&b', 'a=1&b=', true],
  ])('%s: %s and %s: %s', (value, one, other, isSame) => {
    const known = rule(value);
    if (!known) throw new Error('a rule');
    expect(canonicalQuery(one, known) === canonicalQuery(other, known)).toBe(isSame);
  });
});
