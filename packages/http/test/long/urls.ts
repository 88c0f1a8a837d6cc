/**
 * A million distinct URLs through a response cache, as a scanner asks for them: some can be cached, most can not, some
 * vary, and there are writes between. The process never holds more in the second half than it did in the first, and a
 * miss takes as long.
 *
 * The most of each half is compared, for what is held goes up and down like a saw: what is bounded by number forgets by
 * halves. The largest such table is that of the memory backend's open fences, 100,000 keys or some 17 MB, to which each
 * response that is not stored adds one. With two of three such it has filled up after 165,000 URLs, and a tooth is
 * 82,000 long: each half has several, also with the count that the mutants get.
 */
import { type Cache, createCache } from '@keepsake/core';
import { type FetchHandler, httpCache } from '@keepsake/http';
import type { LongTest } from '@keepsake/tooling/long-test';

const MAX_ENTRIES = 10_000;
const MIB = 1_048_576;
/** Looks a half: as many URLs apart as leave it open by 2 MB how high a tooth was. */
const LOOKS = 20;
/** 17 bytes a URL. */
const TOLERATED_GROWTH_BYTES = 8 * MIB;
/** Of the second half to the first: a table that is searched through would be far slower. */
const LEAST_PACE = 0.3;

type Handle = (request: Request) => Promise<Response>;

interface Subject {
  readonly handle: Handle;
  size(): Promise<number>;
  close(): Promise<unknown>;
}

const origin: FetchHandler = (request) => {
  const i = Number(request.url.slice(request.url.lastIndexOf('=') + 1));
  const control = i % 3 === 0 ? 'max-age=600' : 'no-store';
  const vary: Record<string, string> = i % 5 === 1 ? { Vary: 'Accept-Language' } : {};
  return new Response(`page ${i}`, { headers: { 'Cache-Control': control, ...vary } });
};

const behind = (cache: Cache, handler: FetchHandler): Subject => ({
  handle: httpCache({ cache, tags: ({ url }) => [url, url.slice(-3)] })(handler),
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

/** Keeps 64 bytes of every URL, and as many more as its list of them takes. */
const keepingBytes = (): Subject => {
  const inner = ours();
  const kept: object[] = [];
  return {
    ...inner,
    handle: (request) => {
      kept.push({ a: kept.length, b: 0, c: 0, d: 0, e: 0 });
      return inner.handle(request);
    },
  };
};

const SUBJECTS: Readonly<Record<string, () => Subject>> = {
  ours,
  naive,
  'remembers-urls': rememberingUrls,
  'keeps-64-bytes': keepingBytes,
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

/** What was seen while a half of the URLs went through. */
interface Half {
  readonly mostBytes: number;
  /** URLs a microsecond of processor time. */
  readonly pace: number;
}

export const longTest: LongTest = {
  unit: 'URLs',
  count: 1_000_000,
  mutantCount: 400_000,
  mutants: ['remembers-urls', 'keeps-64-bytes'],
  run: async ({ subject: name, count, onProgress }) => {
    const subject = SUBJECTS[name]?.();
    if (!subject) throw new Error(`no subject ${name}`);
    const step = Math.ceil(count / 2 / LOOKS);
    const runHalf = async (from: number): Promise<Half> => {
      let mostBytes = 0;
      let cpuUs = 0;
      for (let look = 0; look < LOOKS; look += 1) {
        const before = process.cpuUsage();
        for (let i = from + look * step; i < from + (look + 1) * step; i += 1) {
          await (await subject.handle(requestOf(i))).text();
          onProgress(i);
        }
        const { user, system } = process.cpuUsage(before);
        cpuUs += user + system;
        mostBytes = Math.max(mostBytes, liveBytes());
      }
      return { mostBytes, pace: (step * LOOKS) / cpuUs };
    };
    const first = await runHalf(0);
    const second = await runHalf(step * LOOKS);
    const grown = second.mostBytes - first.mostBytes;
    const paceKept = second.pace / first.pace;
    const size = await subject.size();
    await subject.close();
    const violations: string[] = [];
    if (size > MAX_ENTRIES * 1.3) violations.push(`${size} entries, ${MAX_ENTRIES} are allowed`);
    if (grown > TOLERATED_GROWTH_BYTES) {
      violations.push(
        `${(grown / MIB).toFixed(1)} MiB more in the second half of ${count} URLs than in the first`,
      );
    }
    if (paceKept < LEAST_PACE)
      violations.push(`the second half ran at ${paceKept.toFixed(2)} of the first's pace`);
    return {
      count,
      violations,
      worst: {
        bytesAUrl: Math.round(grown / (step * LOOKS)),
        mostMiB: Math.round(Math.max(first.mostBytes, second.mostBytes) / MIB),
        paceKept: Number(paceKept.toFixed(2)),
      },
    };
  },
};
