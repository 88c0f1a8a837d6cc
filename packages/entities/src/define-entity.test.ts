import { createCache } from '@keepsake/core';
import { describe, expect, it } from 'vitest';
import { defineEntity, type PartSpec } from './define-entity.ts';
import { createEntityCache } from './entity-cache.ts';

describe('defineEntity', () => {
  it('names keys after entity, id and part, or fills the template that is given', async () => {
    const order = defineEntity('order', {
      lines: { ttl: '1m' },
      byNumber: { ttl: '1m', key: 'order_id:{shop}:{number}' },
    });
    const { parts } = createEntityCache(createCache(), [order]);
    expect(parts.order.lines.key(7)).toBe('order:7:lines');
    expect(parts.order.byNumber.key(['a:b', 12n])).toBe('order_id:a%3Ab:12');
    await parts.order.byNumber.set(['a', 'b:c'], 1);
    expect(await parts.order.byNumber.get(['a:b', 'c'])).toBeUndefined();
  });

  it.each<[string, PartSpec, string]>([
    ['a TTL of 0', { ttl: 0 }, 'ERR_TTL'],
    ['a TTL that is no duration', { ttl: 'soon' as '1h' }, 'ERR_TTL'],
    ['a range that runs backwards', { ttl: ['1h', '30m'] }, 'ERR_TTL'],
    ['a template without a gap', { ttl: 1, key: 'order:lines' }, 'ERR_KEY'],
    ['a template with an empty segment', { ttl: 1, key: 'order::{id}' }, 'ERR_KEY'],
    ['a template with two gaps of one name', { ttl: 1, key: 'order:{id}:{id}' }, 'ERR_KEY'],
    ['a template with a glob', { ttl: 1, key: 'order:{id}:*' }, 'ERR_KEY'],
    ['a query part with two gaps', { ttl: 1, key: 'a:{b}:{c}', query: true }, 'ERR_OPTION'],
    ['a relation to something that is no name', { ttl: 1, below: ['a:b'] }, 'ERR_OPTION'],
  ])('refuses %s', (_, spec, code) => {
    expect(() => defineEntity('order', { lines: spec })).toThrow(expect.objectContaining({ code }));
  });

  it('refuses names that could be read as another tag or key', () => {
    for (const name of ['', 'a:b', 'a?', 'a<b', '9', 'a b']) {
      expect(() => defineEntity(name, { part: { ttl: 1 } })).toThrow(
        expect.objectContaining({ code: 'ERR_OPTION' }),
      );
    }
    expect(() => defineEntity('order', {})).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
  });
});

describe('createEntityCache', () => {
  it('refuses two entities of one name and relations that lead nowhere', () => {
    const a = defineEntity('a', { x: { ttl: 1 } });
    const lost = defineEntity('b', { x: { ttl: 1, below: ['c'] } });
    for (const entities of [
      [a, a],
      [a, lost],
    ]) {
      expect(() => createEntityCache(createCache(), entities)).toThrow(
        expect.objectContaining({ code: 'ERR_OPTION' }),
      );
    }
  });

  it.each<[string, Record<string, PartSpec>]>([
    ['one template', { a: { ttl: 1, key: 'x:{id}' }, b: { ttl: 1, key: 'x:{id}' } }],
    ['a gap where the other has a word', { a: { ttl: 1 }, b: { ttl: 1, key: 'order:{id}:{field}' } }],
    [
      'a variant that reads like an id',
      { a: { ttl: 1, variants: true }, b: { ttl: 1, key: 'order:{id}:a:{n}' } },
    ],
    [
      'an owner that reads like an id',
      { a: { ttl: 1, per: 'order' }, b: { ttl: 1, key: 'order:{id}:a:{x}:{n}' } },
    ],
  ])('refuses parts whose keys can be the same: %s', (_, specs) => {
    const other = { a: specs['a'] ?? { ttl: 1 } };
    for (const entities of [
      [defineEntity('order', specs)],
      [defineEntity('order', other), defineEntity('twin', { b: specs['b'] ?? { ttl: 1 } })],
    ]) {
      expect(() => createEntityCache(createCache(), entities)).toThrow(/order\.a and \w+\.b: their keys/);
    }
  });
});
