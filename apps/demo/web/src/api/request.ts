import { ApiError, errorOfReply } from './api-error.ts';
import { connection } from './connection.ts';
import { pageTiming } from './page-timing.ts';
import { parseServerTiming, type ServerCost } from './server-timing.ts';

export interface Reply {
  text: string;
  cost: ServerCost | undefined;
  ms: number;
}

interface RequestOptions extends RequestInit {
  /** Counts for the cache chip of the page on screen. Off for polling and for refreshes in the background. */
  counted?: boolean;
}

export const apiPath = (path: string): string => `/api/v1${path}`;

/**
 * Asks the API. Rejects with an ApiError in words for the visitor. `no-cache` lets the browser keep a body
 * but makes it ask each time, so that the costs shown are those of this very request.
 */
export async function request(path: string, options: RequestOptions = {}): Promise<Reply> {
  const { counted = false, ...init } = options;
  const end = counted ? pageTiming.begin(path) : undefined;
  const startedAt = performance.now();
  let cost: ServerCost | undefined;
  try {
    const response = await reach(path, init);
    const text = await response.text();
    cost = parseServerTiming(response.headers.get('server-timing'));
    if (!response.ok) throw errorOfReply(text, response.status);
    return { text, cost, ms: performance.now() - startedAt };
  } finally {
    end?.(cost);
  }
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(apiPath(path), { cache: 'no-cache', ...init });
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    connection.check();
    throw new ApiError('The server cannot be reached.', 0, 'UNREACHABLE', { cause });
  }
}
