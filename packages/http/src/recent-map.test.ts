import { describe, expect, it } from 'vitest';
import { RecentMap } from './recent-map.ts';

describe('what was asked for lately', () => {
  it('is at most twice its size, however much is put in', () => {
    const map = new RecentMap<number>(100);
    for (let i = 0; i < 1_000; i += 1) {
      map.set(`key ${i}`, i);
      expect(map.size).toBeLessThanOrEqual(200);
    }
    expect(map.get('key 999')).toBe(999);
    expect(map.get('key 0')).toBeUndefined();
  });

  it('stays as long as it is asked for', () => {
    const map = new RecentMap<number>(10);
    map.set('hot', 1);
    for (let i = 0; i < 1_000; i += 1) {
      map.set(`cold ${i}`, i);
      expect(map.get('hot')).toBe(1);
    }
  });
});
