import { advise, type CacheStats, createCache } from '@keepsake/core';
import { missRatioCurve } from '@keepsake/core/curve';
import { describe, expect, it } from 'vitest';

const cache = createCache();
const none = await cache.stats();
const codes = (stats: Partial<CacheStats>): string[] => advise({ ...none, ...stats }).map(({ code }) => code);
const withCurve = (half: number, same: number, double: number, requests = 10_000): string[] => {
  const stats = { ...none, total_requests: requests, hits: requests };
  const curve = { entries: 10_000, hitRates: { half, same, double, quadruple: 1 } };
  return advise({ ...stats, curve }).map(({ message }) => message);
};

describe('advise', () => {
  it('says nothing of an unused cache', () => {
    expect(advise(none)).toEqual([]);
  });

  it('names a hit rate below 70 % of at least 100 requests', () => {
    expect(codes({ hits: 69, total_requests: 100 })).toEqual(['low-hit-rate']);
    expect(codes({ hits: 70, total_requests: 100 })).toEqual([]);
    expect(codes({ hits: 0, total_requests: 99 })).toEqual([]);
    expect(advise({ ...none, hits: 10, total_requests: 200, hit_rate: '5.00%' })).toEqual([
      {
        code: 'low-hit-rate',
        severity: 'info',
        message: 'Hit rate is 5.00% of 200 requests: consider a longer TTL, or caching more.',
      },
    ]);
  });

  it('warns of any error', () => {
    expect(codes({ errors: 0 })).toEqual([]);
    expect(advise({ ...none, errors: 1 })).toMatchObject([{ code: 'errors', severity: 'warn' }]);
  });

  it('warns where more than half of what is stored is evicted', () => {
    const busy = { hits: 100, total_requests: 100, sets: 50 };
    expect(codes({ ...busy, evictions: 25 })).toEqual([]);
    expect(advise({ ...none, ...busy, evictions: 26 })).toMatchObject([
      { code: 'evictions', severity: 'warn', message: expect.stringContaining('26 of 50') },
    ]);
    expect(codes({ hits: 99, total_requests: 99, sets: 50, evictions: 26 })).toEqual([]);
  });

  it('names slow loads above one second at the 99th percentile', () => {
    const loadMs = { p50: 1, p95: 1, p99: 1_001 };
    expect(codes({ loads: 100, loadMs })).toEqual(['slow-loads']);
    expect(codes({ loads: 100, loadMs: { ...loadMs, p99: 1_000 } })).toEqual([]);
    expect(codes({ loads: 99, loadMs })).toEqual([]);
  });

  it('names loads of which more than a tenth was invalidated under way', () => {
    expect(codes({ loads: 100, fenced: 11 })).toEqual(['fenced-fills']);
    expect(codes({ loads: 100, fenced: 10 })).toEqual([]);
    expect(codes({ loads: 99, fenced: 99 })).toEqual([]);
  });

  it('says what twice the memory would give where that is two points or more', () => {
    expect(withCurve(0.5, 0.7, 0.72)).toEqual([
      'Twice the memory would raise the hit rate from 70 % to 72 %.',
    ]);
    expect(withCurve(0.5, 0.7, 0.719)).toEqual([]);
    expect(withCurve(0.5, 0.7, 0.9, 9_999)).toEqual([]); // fewer than there is room for: it was never full
  });

  it('says that half the memory would do where that costs less than a point', () => {
    expect(withCurve(0.691, 0.7, 0.71)).toEqual(['Half the memory would cost only 0.9 points of hit rate.']);
    expect(withCurve(0.69, 0.7, 0.71)).toEqual([]);
    expect(withCurve(0.7, 0.7, 0.9)).toEqual([
      'Twice the memory would raise the hit rate from 70 % to 90 %.',
    ]);
  });

  it('says one thing of the memory, and what the curve knows where it knows enough', () => {
    const small = { ...none, sets: 50, evictions: 40, total_requests: 200, hits: 200 };
    const curve = { entries: 10, hitRates: { half: 0.7, same: 0.7, double: 0.7, quadruple: 0.7 } };
    expect(codes({ ...small, curve })).toEqual(['evictions']);
    expect(codes({ ...small, curve, total_requests: 1_000, hits: 1_000 })).toEqual(['size']);
  });

  it('takes the summary of a real curve', () => {
    const curve = missRatioCurve({ maxRate: 1 });
    for (let i = 0; i < 1_000; i += 1) curve.record(`key:${i % 100}`);
    const stats = { ...none, total_requests: 1_000, hits: 900 };
    expect(advise({ ...stats, curve: curve.summary(50) })).toMatchObject([
      { code: 'size', message: 'Twice the memory would raise the hit rate from 0 % to 90 %.' },
    ]);
    expect(advise({ ...stats, curve: curve.summary(200) })).toMatchObject([
      { code: 'size', message: 'Half the memory would cost only 0 points of hit rate.' },
    ]);
  });
});
