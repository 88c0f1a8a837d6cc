/** A real browser for tests of pages. */
export type { Browser, BrowserContext, Page } from 'playwright-core';
export { type Chrome, findChrome } from './find-chrome.ts';
export { openBrowser } from './open-browser.ts';
