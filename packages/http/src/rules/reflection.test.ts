import { describe, expect, it } from 'vitest';
import type { FieldLine, FieldLines } from './fields.ts';
import { reflectedNames } from './reflection.ts';

const TARGET = { scheme: 'http', authority: 'a.example', path: '/albums', query: 'by=gisela' };

const namesIn = (
  request: FieldLines,
  body: string | Uint8Array,
  fields: FieldLines = [],
  names: readonly string[] = [],
): readonly string[] =>
  reflectedNames(
    request,
    { fields, body: typeof body === 'string' ? new TextEncoder().encode(body) : body },
    { target: TARGET, tuple: JSON.stringify(Object.values(TARGET)), names: new Set(names) },
  );

const FORWARDED: FieldLine = ['X-Forwarded-Host', 'evil.example'];

describe('a request header that is no part of the key', () => {
  it.each<[string, FieldLine, string]>([
    ['in a link', FORWARDED, '<script src="//evil.example/a.js">'],
    ['in another case', ['X-Forwarded-Host', 'Evil.Example'], '//evil.example'],
    ['a member of a list', ['X-Forwarded-Host', 'inner.example, evil.example'], '//evil.example'],
    ['with a port', ['X-Host', 'evil.example:8443'], '//evil.example:8443'],
    ['a part of Forwarded', ['Forwarded', 'for=192.0.2.1;host="evil.example";proto=http'], '//evil.example'],
    ['a path', ['X-Original-URL', '/admin/login'], 'action="/admin/login"'],
    ['an address', ['X-Forwarded-For', '203.0.113.7'], 'you are 203.0.113.7'],
    ['of the application', ['X-Tenant', 'wonderland'], '{"tenant":"wonderland"}'],
    ['that every client sends', ['User-Agent', 'Mozilla/5.0 (X11)'], 'Mozilla/5.0 (X11)'],
    ['a scheme', ['X-Forwarded-Proto', 'https'], 'https://a.example/albums'],
    ['a scheme in Forwarded', ['Forwarded', 'proto=https'], 'https://a.example/albums'],
  ])('and is repeated, %s, is found', (_, line, body) => {
    expect(namesIn([line], body)).toEqual([line[0].toLowerCase()]);
  });

  it.each<[string, FieldLine, string]>([
    ['another value', FORWARDED, '//good.example'],
    ['no more than five characters', ['X-Tenant', 'acme'], 'acme'],
    ['what the URL has, too', ['X-Forwarded-Host', 'a.example'], '//a.example'],
    ['what the query has, too', ['X-User', 'gisela'], 'gisela'],
    ['the scheme of the key', ['X-Forwarded-Proto', 'http'], 'http://a.example'],
    ['a scheme before another host', ['X-Forwarded-Proto', 'https'], 'https://cdn.example'],
    ['a type', ['Accept', 'application/json'], 'application/json'],
    ['a directive', ['Cache-Control', 'no-cache'], 'no-cache'],
    ['a word of browsers', ['Sec-Fetch-Dest', 'document'], 'document.title'],
    ['the page before', ['Referer', 'http://a.example/albums'], 'http://a.example/albums'],
    ['a validator', ['If-None-Match', '"0123456789"'], '"0123456789"'],
    ['the number of the request', ['X-Request-Id', '0123456789'], '0123456789'],
    ['nothing', ['X-Tenant', ''], 'page'],
  ])('is not told of for %s', (_, line, body) => {
    expect(namesIn([line], body)).toEqual([]);
  });

  it('is found in the headers of the response, whatever its body is', () => {
    const fields: FieldLines = [
      ['Content-Type', 'image/png'],
      ['Link', '<//evil.example/a.css>'],
    ];
    expect(namesIn([FORWARDED], '', fields)).toEqual(['x-forwarded-host']);
  });

  it('is each named once', () => {
    const request: FieldLines = [FORWARDED, ['x-forwarded-host', 'bad.example'], ['X-Host', 'evil.example']];
    expect(namesIn(request, 'evil.example bad.example')).toEqual(['x-forwarded-host', 'x-host']);
  });

  it('is looked for with its first 64 values, those of all headers taken together', () => {
    const list = Array.from({ length: 640 }, (_, i) => `value-${i + 100}`);
    const last = (n: number): FieldLines => [
      ['X-First', list.slice(0, 60).join()],
      ['X-Second', list.slice(60, n).join()],
    ];
    expect(namesIn(last(64), 'value-163')).toEqual(['x-second']);
    expect(namesIn(last(640), 'value-164')).toEqual([]);
  });

  it('is let be where the key has it', () => {
    expect(namesIn([FORWARDED], 'evil.example', [], ['x-forwarded-host'])).toEqual([]);
  });
});

describe('a body', () => {
  it.each([
    [undefined, true],
    ['text/html; charset=utf-8', true],
    ['application/json', true],
    ['application/problem+json', true],
    ['application/xhtml+xml', true],
    ['Image/SVG+xml', true],
    ['image/png', false],
    ['application/octet-stream', false],
  ])('of type %s is looked at: %s', (type, isLookedAt) => {
    const fields: FieldLines = type === undefined ? [] : [['Content-Type', type]];
    expect(namesIn([FORWARDED], 'evil.example', fields)).toHaveLength(isLookedAt ? 1 : 0);
  });

  it('that is encoded is not looked at', () => {
    expect(namesIn([FORWARDED], 'evil.example', [['Content-Encoding', 'gzip']])).toEqual([]);
  });

  it('is looked at for its first 64 kB', () => {
    const after = (bytes: number): string => `${' '.repeat(bytes)}evil.example`;
    expect(namesIn([FORWARDED], after(65_536 - 'evil.example'.length))).toHaveLength(1);
    expect(namesIn([FORWARDED], after(65_536 - 'evil.example'.length + 1))).toEqual([]);
  });

  it('that is no text at all harms nothing', () => {
    expect(
      namesIn(
        [FORWARDED],
        Uint8Array.from({ length: 1_000 }, (_, i) => i % 256),
      ),
    ).toEqual([]);
  });
});
