import type { PageTiming } from '../api/page-timing.ts';
import { countOf, formatMs } from '../format/numbers.ts';

export type Outcome = 'cache' | 'loader' | 'unknown';

export interface CacheCost {
  outcome: Outcome;
  /** "3.1 ms": the server's time for all replies, or the browser's wait where the server gives none. */
  time: string;
  measuredBy: 'server' | 'browser';
  /** "6 of 6 from cache" or "4 database reads"; empty where the server sent no figures. */
  source: string;
}

/** What the page on screen cost, in the worst outcome of its reads; `undefined` before its first reply. */
export function cacheCost({ replies, waitedMs }: PageTiming): CacheCost | undefined {
  if (replies.length === 0) return undefined;
  const sum = (of: (reply: PageTiming['replies'][number]) => number): number =>
    replies.reduce((total, reply) => total + of(reply), 0);
  const hits = sum((reply) => reply.hits);
  const reads = hits + sum((reply) => reply.misses);
  const queries = sum((reply) => reply.queries);
  const byServer = replies.every((reply) => reply.serverMs !== undefined);
  const time = formatMs(byServer ? sum((reply) => reply.serverMs ?? 0) : waitedMs);
  const measuredBy = byServer ? 'server' : 'browser';
  if (queries > 0) return { outcome: 'loader', time, measuredBy, source: countOf(queries, 'database read') };
  if (reads === 0) return { outcome: 'unknown', time, measuredBy, source: '' };
  const outcome = hits === reads ? 'cache' : 'loader';
  return { outcome, time, measuredBy, source: `${hits} of ${reads} from cache` };
}
