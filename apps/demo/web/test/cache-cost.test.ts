import { describe, expect, it } from 'vitest';
import type { PageTiming } from '../src/api/page-timing.ts';
import { parseServerTiming } from '../src/api/server-timing.ts';
import { cacheCost } from '../src/layout/cache-cost.ts';

function pageOf(...headers: readonly string[]): PageTiming {
  const replies = headers.map((header, index) => {
    const cost = parseServerTiming(header);
    if (!cost) throw new Error(`no cost in ${header}`);
    return { path: `/${index}`, ms: 20, ...cost };
  });
  return { replies, waitedMs: 31, pending: 0 };
}

describe('what a page cost', () => {
  it('adds up its replies and takes the time of the server', () => {
    const page = pageOf(
      'db;desc="0", cache;desc="2/0", total;dur=1.25',
      'db;desc="0", cache;desc="4/0", total;dur=1.85',
    );
    expect(cacheCost(page)).toEqual({
      outcome: 'cache',
      time: '3.1\u00a0ms',
      measuredBy: 'server',
      source: '6 of 6 from cache',
    });
  });

  it('names the database as soon as one reply asked it', () => {
    const page = pageOf(
      'db;desc="0", cache;desc="5/0", total;dur=1',
      'db;desc="4", cache;desc="0/1", total;dur=9',
    );
    expect(cacheCost(page)).toMatchObject({ outcome: 'loader', source: '4 database reads' });
  });

  it('is not from cache when a read missed, whoever answered it', () => {
    expect(cacheCost(pageOf('db;desc="0", cache;desc="1/1"'))).toMatchObject({
      outcome: 'loader',
      source: '1 of 2 from cache',
    });
  });

  it('takes the wait of the browser where the server gives no time', () => {
    expect(cacheCost(pageOf('db;desc="0", cache;desc="1/0"'))).toMatchObject({
      time: '31.0\u00a0ms',
      measuredBy: 'browser',
    });
  });

  it('is not known before the first reply, nor from a header that says nothing of it', () => {
    expect(cacheCost({ replies: [], waitedMs: 0, pending: 1 })).toBeUndefined();
    expect(parseServerTiming('cdn-cache;desc=HIT, edge;dur=1')).toBeUndefined();
    expect(parseServerTiming(null)).toBeUndefined();
  });
});
