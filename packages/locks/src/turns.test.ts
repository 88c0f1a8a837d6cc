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

  it('look through nobody when one leaves who only waited', async () => {
    const turns = new Turns();
    const held = turns.take(['a']);
    let looks = 0;
    const names = new Proxy(['a', 'b'], {
      get: (target, key, self): unknown => {
        if (key === Symbol.iterator) looks += 1;
        return Reflect.get(target, key, self);
      },
    });
    const waiting = Array.from({ length: 1_000 }, () => turns.take(names));
    looks = 0;
    for (const turn of waiting.slice(1)) turn.leave();
    expect(looks).toBeLessThan(10 * waiting.length);
    held.leave();
    await waiting[0]?.comes;
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
