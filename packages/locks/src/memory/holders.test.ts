import { expect, it } from 'vitest';
import { Holders } from './holders.ts';

it('holders keep few names that nobody holds any more, and all that somebody holds', () => {
  const holders = new Holders();
  const holder = { token: 'ann', fence: 1, untilMs: 1_000, holders: 1 };
  holders.put('kept', holder, 0);
  for (let i = 0; i < 20_000; i += 1) {
    holders.put(`name ${i}`, holder, 0);
    expect(holders.remove(`name ${i}`, 'ann', 0)).toBe(true);
  }
  expect(holders.names).toBeLessThanOrEqual(1_024);
  expect(holders.size).toBe(1);
  expect(holders.of('kept', 'ann', 0)).toBe(holder);
});
