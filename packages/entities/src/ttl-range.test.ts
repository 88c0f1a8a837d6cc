import { describe, expect, it } from 'vitest';
import { pickTtl } from './ttl-range.ts';

describe('pickTtl', () => {
  it('reaches both ends of a range and nothing beyond', () => {
    expect(pickTtl(['10m', '30m'], () => 0)).toBe('600000ms');
    expect(pickTtl(['10m', '30m'], () => 1 - Number.EPSILON)).toBe('1800000ms');
    expect(pickTtl([1.5, '1500ms'], () => 0.5)).toBe('1500ms');
  });

  it('leaves a fixed TTL as it is', () => {
    expect(pickTtl('1h', Math.random)).toBe('1h');
    expect(pickTtl('forever', Math.random)).toBe('forever');
  });
});
