import { describe, expect, it } from 'vitest';
import { MAX_HINTED_TAGS, MAX_HINTS, TagHints } from './tag-hints.ts';

describe('TagHints', () => {
  it('remember what was learned last, and forget what has no tags any more', () => {
    const hints = new TagHints();
    hints.learn('k', ['a', 'b']);
    expect(hints.of('k')).toEqual(['a', 'b']);
    hints.learn('k', ['b']);
    expect(hints.of('k')).toEqual(['b']);
    hints.learn('k', []);
    expect(hints.of('k')).toBeUndefined();
    expect(hints.size).toBe(0);
  });

  it('never hold more keys than their bound, and keep the latest', () => {
    const hints = new TagHints();
    let most = 0;
    for (let i = 0; i < MAX_HINTS * 10; i += 1) {
      hints.learn(`k${i}`, ['t']);
      most = Math.max(most, hints.size);
    }
    expect(most).toBeLessThanOrEqual(MAX_HINTS);
    for (let i = MAX_HINTS * 10 - MAX_HINTS / 2 + 1; i < MAX_HINTS * 10; i += 1) {
      expect(hints.of(`k${i}`)).toEqual(['t']);
    }
  });

  it('give no old answer for a key that was learned anew after a change of generations', () => {
    const hints = new TagHints();
    hints.learn('k', ['old']);
    for (let i = 0; i < MAX_HINTS / 2; i += 1) hints.learn(`other${i}`, ['t']);
    hints.learn('k', ['new']);
    expect(hints.of('k')).toEqual(['new']);
    hints.learn('k', []);
    expect(hints.of('k')).toBeUndefined();
  });

  it('leave out entries of many tags', () => {
    const hints = new TagHints();
    const tags = Array.from({ length: MAX_HINTED_TAGS + 1 }, (_, i) => `t${i}`);
    hints.learn('k', tags.slice(1));
    expect(hints.of('k')).toHaveLength(MAX_HINTED_TAGS);
    hints.learn('k', tags);
    expect(hints.of('k')).toBeUndefined();
  });
});
