/**
 * Finds a Chrome for tests of pages.
 *
 * In this order: `CHROME_BIN`; one on the PATH, or where macOS has it; one that `fetchChrome` has unpacked. Where there
 * is none the tests of pages are skipped, as docs/skips.md says: it is the one program that is too large to insist on.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { isFetched, fetchChrome } from './fetch-chrome.ts';

export interface Chrome {
  readonly path: string;
  readonly env: NodeJS.ProcessEnv;
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const ELSEWHERE = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** The browser of this machine; `undefined` where there is none. Never fetches one. */
export async function findChrome(): Promise<Chrome | undefined> {
  const path = findInstalled(process.env);
  if (path !== undefined) return { path, env: {} };
  return (await isFetched()) ? fetchChrome() : undefined;
}

export function findInstalled(env: NodeJS.ProcessEnv): string | undefined {
  const named = env['CHROME_BIN'];
  if (named) return named;
  const onPath = (env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...onPath, ...ELSEWHERE].find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
