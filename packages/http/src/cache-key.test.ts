import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keptQuery, primaryTuple, urlTuple, variantTuple } from './cache-key.ts';
import { webDigest } from './digest.ts';
import { nodeDigest } from './node/node-digest.ts';
import {
  isSameOrigin,
  parseAbsoluteTarget,
  parseRequestLineTarget,
  resolveReference,
} from './request-target.ts';

const key = (url: string): string | undefined => {
  const target = parseAbsoluteTarget(url);
  return target && urlTuple(target);
};

describe('keys', () => {
  it.each([
    ['http://a/x', 'http://A/x'],
    ['http://a/x', 'http://a:80/x'],
    ['https://a/x', 'https://a:443/x'],
    ['http://a/x', 'http://a./x'],
    ['http://a', 'http://a/'],
    ['http://a/x', 'http://a/x#frag'],
    ['http://a/x', 'HTTP://a:080/x'],
  ])('%s and %s are one resource', (a, b) => {
    expect(key(a)).toBe(key(b));
  });

  it.each([
    ['http://a/x', 'https://a/x'],
    ['http://a/x', 'http://a:8080/x'],
    ['http://a/x', 'http://b/x'],
    ['http://a/x', 'http://a//x'],
    ['http://a/x/y', 'http://a/x%2Fy'],
    ['http://a/x', 'http://a/X'],
    ['http://a/x', 'http://a/x?'],
    ['http://a/x?a=1&b=2', 'http://a/x?b=2&a=1'],
    ['http://a/x?a', 'http://a/x?a='],
    ['http://a/a:b', 'http://a:b/a'],
    ['http://a/x/../y', 'http://a/y'],
  ])('%s and %s are two', (a, b) => {
    expect(key(a)).not.toBe(key(b));
  });

  it.each(['http://u:p@a/', 'ftp://a/', 'http:///x', 'http://a b/', 'http://a:x/', '/x', '*', ''])(
    'makes none of %j',
    (url) => {
      expect(key(url)).toBeUndefined();
    },
  );

  it('takes the authority of an absolute-form request line over Host', () => {
    const target = { ...parseAbsoluteTarget('http://b/x'), isOdd: true };
    expect(parseRequestLineTarget('http', 'a', 'http://b/x')).toEqual(target);
    expect(parseRequestLineTarget('http', undefined, '/x')).toBeUndefined();
  });

  it('gives distinct tuples distinct keys, where joining their parts does not', () => {
    const part = fc.string({ unit: fc.constantFrom('a', ':', '"'), maxLength: 2 });
    const tuple = fc.tuple(part, fc.array(fc.tuple(part, fc.option(part)), { maxLength: 1 }), part);
    const ours = ([url, fields, generation]: [string, [string, string | null][], string]): string =>
      variantTuple(primaryTuple(url, fields), generation, fields);
    const naive = ([url, fields, generation]: [string, [string, string | null][], string]): string =>
      [url, generation, ...fields.flat()].join(':');
    const isInjective = (make: typeof ours) =>
      fc.property(tuple, tuple, (a, b) => JSON.stringify(a) === JSON.stringify(b) || make(a) !== make(b));
    fc.assert(isInjective(ours), { numRuns: 20_000 });
    expect(fc.check(isInjective(naive), { numRuns: 20_000 }).failed).toBe(true);
  });

  it('keeps of a query only what it is told to, names as they decode', () => {
    const only = new Set(['a', 'page']);
    expect(keptQuery('a=1&utm=2&%61=3&page', only)).toBe('a=1&%61=3&page');
    expect([keptQuery('utm=2', only), keptQuery('', only), keptQuery(null, only)]).toEqual([
      null,
      null,
      null,
    ]);
    expect([keptQuery('utm=2', undefined), keptQuery('', undefined)]).toEqual(['utm=2', '']);
  });

  it('digests the same by Web Crypto and by node:crypto', async () => {
    const bytes = new Uint8Array([0, 255, 1, 254]);
    expect(await webDigest.hex('é')).toBe(nodeDigest.hex('é'));
    expect(await webDigest.bytes(bytes)).toBe(nodeDigest.bytes(bytes));
  });
});

describe('references (RFC 3986 5)', () => {
  const base = parseAbsoluteTarget('http://a/dir/x?q');
  it.each([
    ['/b', 'http://a/b'],
    ['b?c=1', 'http://a/dir/b?c=1'],
    ['http://a:80/b', 'http://a/b'],
    ['//other/b', 'http://other/b'],
    ['http://other/b', 'http://other/b'],
  ])('%s leads to %s', (reference, url) => {
    expect(base && resolveReference(base, reference)).toEqual(parseAbsoluteTarget(url));
  });

  it('tells origins apart', () => {
    const other = parseAbsoluteTarget('http://a:8080/dir/x');
    expect(base && other && isSameOrigin(base, other)).toBe(false);
  });
});
