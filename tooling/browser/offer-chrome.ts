import { setTimeout as after } from 'node:timers/promises';
import { fetchChrome } from './fetch-chrome.ts';
import { findChrome } from './find-chrome.ts';

const LIMIT_MS = 90_000;

/**
 * Sees to it that `findChrome` finds one, where that is possible in the time; says what came of it. A browser is not
 * insisted on: without one the tests of pages are skipped.
 */
export async function offerChrome(): Promise<string> {
  try {
    const found = await findChrome();
    if (found) return `Browser: ${found.path}`;
    // What comes later is there for the next run.
    const fetched = await Promise.race([fetchChrome(), after(LIMIT_MS, undefined, { ref: false })]);
    return fetched ? `Browser: ${fetched.path}` : skipped(`was not there after ${LIMIT_MS / 1_000} s`);
  } catch (error) {
    return skipped(error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error));
  }
}

const skipped = (why: string): string =>
  `No browser, so the tests of pages are skipped: set CHROME_BIN, or install one. Fetching it with apt: ${why}`;
