import { type Browser, chromium } from 'playwright-core';
import type { Chrome } from './find-chrome.ts';
import { FLAGS } from './flags.ts';

/** With a new profile of its own. */
export function openBrowser({ path, env }: Chrome): Promise<Browser> {
  const all = Object.entries({ ...process.env, ...env }).filter(([, value]) => value !== undefined);
  return chromium.launch({
    executablePath: path,
    headless: true,
    args: [...FLAGS],
    env: Object.fromEntries(all),
  });
}
