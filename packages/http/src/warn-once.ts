import { isCacheError } from '@keepsake/core';
import { warn } from './process-warning.ts';

/** Kinds of errors that a cache without `onError` tells of: each once, in all so many. */
const MAX_WARNINGS = 10;

/**
 * What is told to whoever gave no `onError`: the first error of each kind, as a warning of the process. By name and code
 * alone, for a message may hold anything, but for this package's own of how it was called.
 */
export const warnOnce = (): ((error: unknown) => void) => {
  const told = new Set<string>();
  return (error) => {
    // A request that was under way when the application closed its cache.
    if (isCacheError(error) && error.code === 'ERR_CLOSED') return;
    const kind = kindOf(error);
    if (told.size >= MAX_WARNINGS || told.has(kind)) return;
    told.add(kind);
    const text = `A response was served, but something went wrong beside it: ${kind}. The option onError is told of each.`;
    warn('KEEPSAKE_HTTP', text);
  };
};

const kindOf = (error: unknown): string => {
  if (isCacheError(error)) return error.code === 'ERR_HTTP_OPTION' ? error.message : error.code;
  if (!(error instanceof Error)) return `a ${typeof error} was thrown`;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? `${error.name} ${code}`.slice(0, 100) : error.name.slice(0, 100);
};
