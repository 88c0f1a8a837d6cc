import { describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';

describe('turns', () => {
  it('keep few lines in which nobody is, however many names come and go', () => {
    const turns = new Turns();
    const kept = turns.take(['kept']);
    for (let i = 0; i < 20_000; i += 1) turns.take([`name ${i}`]).leave();
    expect(turns.lines).toBeLessThanOrEqual(1_024);
    let hasCome = false;
    const next = turns.take(['kept']);
    expect(next.comes).toBeInstanceOf(Promise);
    void next.comes?.then(() => (hasCome = true));
    kept.leave();
    return next.comes?.then(() => expect(hasCome).toBe(true));
  });

  it('pass who waits for several names while one of them is taken, and come to it when all are free', async () => {
    const turns = new Turns();
    const a = turns.take(['a']);
    const both = turns.take(['a', 'b']);
    const b = turns.take(['b']);
    expect(b.comes).toBeUndefined();
    a.leave();
    const again = turns.take(['a']);
    expect(again.comes).toBeUndefined();
    b.leave();
    again.leave();
    await both.comes;
    expect(turns.take(['b']).comes).toBeInstanceOf(Promise);
  });
});
