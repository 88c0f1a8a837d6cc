/**
 * A million distinct URLs through a response cache, as a scanner asks for them: cacheable ones, ones that are not, ones
 * that vary, and writes between. What the process holds is after all of them what it was after the first tenth, and
 * a miss takes as long.
 */
import { type Cache, createCache } from '@keepsake/core';
import { type FetchHandler, httpCache } from '@keepsake/http';
import type { LongTest } from '@keepsake/tooling/long-test';

const MAX_ENTRIES = 10_000;
const MIB = 1_048_576;
/** Tables of tags and lately seen URLs fill up in the first tenth; what is kept of each URL would be far more. */
const TOLERATED_BYTES_A_URL = 100;
const TOLERATED_LIVE_BYTES = 8 * MIB;
/** Misses a second of the last tenth to those of the second: a table that is searched through would be far slower. */
const LEAST_PACE = 0.3;

type Handle = (request: Request) => Promise<Response>;

interface Subject {
  readonly handle: Handle;
  size(): Promise<number>;
  close(): Promise<unknown>;
}

const origin: FetchHandler = (request) => {
  const i = Number(request.url.slice(request.url.lastIndexOf('=') + 1));
  const control = i % 7 === 3 ? 'no-store' : 'max-age=600';
  const vary: Record<string, string> = i % 5 === 1 ? { Vary: 'Accept-Language' } : {};
  return new Response(`page ${i}`, { headers: { 'Cache-Control': control, ...vary } });
};

const behind = (cache: Cache, handler: FetchHandler): Subject => ({
  handle: httpCache({ cache, tags: (request) => [request.url.slice(-3)] })(handler),
  size: () => cache.namespace('http').size(),
  close: () => cache.close(),
});

const ours = (): Subject => behind(createCache({ l1: { maxEntries: MAX_ENTRIES } }), origin);

/** A Map from URL to response. */
const naive = (): Subject => {
  const stored = new Map<string, ArrayBuffer>();
  return {
    handle: async (request) => {
      const known = stored.get(request.url);
      if (known) return new Response(known);
      const response = await origin(request);
      stored.set(request.url, await response.clone().arrayBuffer());
      return response;
    },
    size: async () => stored.size,
    close: async () => undefined,
  };
};

/** Bounded by its entries, and remembers every URL all the same. */
const rememberingUrls = (): Subject => {
  const inner = ours();
  const seen = new Map<string, object>();
  return {
    ...inner,
    handle: (request) => {
      seen.set(request.url, { url: new URL(request.url) });
      return inner.handle(request);
    },
  };
};

const SUBJECTS: Readonly<Record<string, () => Subject>> = {
  ours,
  naive,
  'remembers-urls': rememberingUrls,
};

const requestOf = (i: number): Request => {
  const url = `http://photos.example/search?page=${i}`;
  if (i % 11 === 5) return new Request(url, { method: 'POST' });
  return new Request(url, { headers: { 'Accept-Language': i % 2 === 0 ? 'de' : 'en' } });
};

const liveBytes = (): number => {
  for (let turn = 0; turn < 3; turn += 1) {
    globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

export const longTest: LongTest = {
  unit: 'URLs',
  count: 1_000_000,
  mutantCount: 200_000,
  mutants: ['remembers-urls'],
  run: async ({ subject: name, count, onProgress }) => {
    const subject = SUBJECTS[name]?.();
    if (!subject) throw new Error(`no subject ${name}`);
    const violations: string[] = [];
    const tenth = Math.ceil(count / 10);
    const pace: number[] = [];
    let base = 0;
    for (let part = 0; part < 10; part += 1) {
      const before = process.cpuUsage();
      for (let i = part * tenth; i < (part + 1) * tenth; i += 1) {
        await (await subject.handle(requestOf(i))).text();
        onProgress(i);
      }
      const { user, system } = process.cpuUsage(before);
      pace.push(tenth / (user + system));
      if (part === 0) base = liveBytes();
    }
    const grown = liveBytes() - base;
    const perUrl = grown / (9 * tenth);
    const size = await subject.size();
    const kept = pace[9] ?? 0;
    const slower = kept / (pace[1] ?? Infinity);
    if (size > MAX_ENTRIES * 1.3) violations.push(`${size} entries, ${MAX_ENTRIES} are allowed`);
    if (perUrl > TOLERATED_BYTES_A_URL) violations.push(`${perUrl.toFixed(0)} bytes more a URL`);
    if (grown > TOLERATED_LIVE_BYTES) {
      violations.push(`${(grown / MIB).toFixed(1)} MiB more after ${count} URLs than after the first tenth`);
    }
    if (slower < LEAST_PACE)
      violations.push(`the last tenth ran at ${slower.toFixed(2)} of the second's pace`);
    await subject.close();
    return {
      count,
      violations,
      worst: { bytesAUrl: Math.round(perUrl), paceKept: Number(slower.toFixed(2)) },
    };
  },
};
