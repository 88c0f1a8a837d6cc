/** What one API reply cost the server, from its `Server-Timing` header. */
export interface ServerCost {
  /** Reads answered by the cache. */
  hits: number;
  /** Reads that the cache had no answer for. */
  misses: number;
  /** Queries that reached the database. */
  queries: number;
  /** The server's own time for the reply, where it says so (`total;dur=`). */
  serverMs: number | undefined;
}

/** Parses `db;desc="<queries>", cache;desc="<hits>/<misses>", total;dur=<ms>`; a header without either says nothing. */
export function parseServerTiming(header: string | null): ServerCost | undefined {
  if (!header) return undefined;
  const queries = /(?:^|,)\s*db;[^,]*desc="?(\d+)/.exec(header)?.[1];
  const cache = /(?:^|,)\s*cache;[^,]*desc="?(\d+)\/(\d+)/.exec(header);
  const total = /(?:^|,)\s*total;[^,]*dur=([\d.]+)/.exec(header)?.[1];
  if (queries === undefined && cache === null) return undefined;
  return {
    hits: Number(cache?.[1] ?? 0),
    misses: Number(cache?.[2] ?? 0),
    queries: Number(queries ?? 0),
    serverMs: total === undefined ? undefined : Number(total),
  };
}
