import { describe, expect, it } from 'vitest';
import { KeySpace, storedName } from './key-space.ts';
import { SLOT_COUNT, slotOf, tagOfSlot } from './slot.ts';

const AWKWARD = [
  'a{b}c',
  '{',
  '}',
  '}{',
  '{}x',
  '{}{a}',
  '{{a}}',
  'a}b{c',
  '{a',
  'plain',
  '~',
  '~f:{x}:y',
  '{~}',
  'ü{日本}',
];

describe('slots', () => {
  it('hashes as the specification says', () => {
    // CRC16/XMODEM of "123456789" is 0x31C3.
    expect(slotOf('123456789')).toBe(0x31c3 % SLOT_COUNT);
    expect(slotOf('{user1000}.following')).toBe(slotOf('user1000'));
    expect(slotOf('foo{}{bar}')).not.toBe(slotOf('bar'));
    expect(slotOf('foo{{bar}}zap')).toBe(slotOf('{bar'));
    expect(slotOf('foo{bar}{zap}')).toBe(slotOf('bar'));
  });

  it('has a short tag without braces for every slot', () => {
    for (let slot = 0; slot < SLOT_COUNT; slot += 1) {
      const tag = tagOfSlot(slot);
      expect(slotOf(`{${tag}}`)).toBe(slot);
      if (!/^[0-9a-z]{1,4}$/.test(tag)) throw new Error(`slot ${slot} has the tag ${tag}`);
    }
  });
});

describe('the key space', () => {
  it.each(['ks:', 'app{1}:', 'x*y[z]:'])(
    'keeps helper keys in the slot of their value (prefix %j)',
    (prefix) => {
      const keys = new KeySpace(prefix);
      for (const key of AWKWARD) expect(slotOf(keys.lease(key)), key).toBe(slotOf(keys.value(key)));
      expect(slotOf(keys.tagRecord('any'))).toBe(slotOf(keys.counter));
    },
  );

  it('puts the value of a key at prefix and key, and no key on a helper', () => {
    const keys = new KeySpace('ks:');
    expect(keys.value('album:1')).toBe('ks:album:1');
    const all = AWKWARD.flatMap((key) => [keys.value(key), keys.lease(key), keys.tagRecord(key)]);
    expect(new Set([...all, keys.counter]).size).toBe(all.length + 1);
    for (const key of AWKWARD) {
      expect(keys.keyOf(keys.value(key))).toBe(key);
      expect(keys.keyOf(keys.lease(key))).toBeUndefined();
      expect(keys.keyOf(keys.tagRecord(key))).toBeUndefined();
    }
  });

  it('shortens keys over 512 bytes on a character boundary and keeps them apart', () => {
    expect(storedName('k'.repeat(512))).toBe('k'.repeat(512));
    const long = storedName('k'.repeat(513));
    expect(long).toMatch(/^k{400}~[0-9a-f]{64}$/);
    const wide = storedName('€'.repeat(200));
    expect(wide).toMatch(/^€{133}~[0-9a-f]{64}$/);
    expect(storedName(`${'k'.repeat(600)}1`)).not.toBe(storedName(`${'k'.repeat(600)}2`));
  });

  it.each(['', '{', '}', '{}', 'a{b}{c}', '\ud800', 'x'.repeat(129)])('refuses the prefix %j', (prefix) => {
    expect(() => new KeySpace(prefix)).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }) as Error);
  });
});
