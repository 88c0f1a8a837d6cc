import type { Browser, Page } from '@keepsake/tooling/browser';
import { type Exchange, tapWire } from './wire.ts';

/** A page of a new browser profile in front of a service. */
interface Visit {
  readonly page: Page;
  readonly url: string;
  /** What went over the wire for a path, in order. */
  asked(path: string): readonly Exchange[];
  /** The browser forgets what it has in its own cache. */
  forget(): Promise<unknown>;
}

/** What a browser sees of a service that no other client does, and what of it went over the wire. */
export const visitByBrowser = async (browser: Browser, port: number): Promise<unknown> => {
  await using wire = await tapWire(port);
  const context = await browser.newContext();
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  const visit: Visit = {
    page,
    url: `http://127.0.0.1:${wire.port}`,
    asked: (path) => wire.exchanges().filter((exchange) => exchange.path === path),
    forget: () => session.send('Network.clearBrowserCache'),
  };
  try {
    return {
      page: await seePage(visit),
      picture: await seePicture(visit),
      languages: await seeLanguages(visit),
      events: await seeEvents(visit),
      head: await seeHead(visit),
    };
  } finally {
    await context.close();
  }
};

const isHit = ({ answered }: Exchange): boolean => /;\s*hit/.test(answered('cache-status') ?? '');

/** Visited, left and visited again, reloaded: the last two times the browser has it and asks whether it still holds. */
const seePage = async ({ page, url, asked }: Visit): Promise<unknown> => {
  await page.goto(url, { waitUntil: 'load' });
  // By way of somewhere else: going to where one is already would be a reload.
  await page.goto('about:blank');
  await page.goto(url, { waitUntil: 'load' });
  await page.reload({ waitUntil: 'load' });
  const visits = asked('/');
  const tag = visits[0]?.answered('etag');
  return {
    title: await page.locator('h1').textContent(),
    statuses: visits.map(({ status }) => status),
    isAskedByTag: visits.map(({ asked: askedWith }) => askedWith('if-none-match') === tag),
    // What a reload asks for may be asked of the handler: it says max-age=0.
    isHit: visits.slice(0, 2).map(isHit),
    interim: visits.slice(0, 2).map(({ interim }) => interim),
    pictureWidth: await page
      .locator('img')
      .evaluate((img) => (img as unknown as { naturalWidth: number }).naturalWidth),
    pictureStatuses: asked('/cover').map(({ status }) => status),
  };
};

/** From the browser's own cache, which had it from the handler, and from ours. */
const seePicture = async ({ page, asked, forget }: Visit): Promise<unknown> => {
  const read = (): Promise<number[]> =>
    page.evaluate(async () => [...new Uint8Array(await (await fetch('/cover')).arrayBuffer())]);
  const before = asked('/cover').length;
  const bytes = [await read()];
  const outOfBrowser = asked('/cover').length - before;
  await forget();
  bytes.push(await read());
  const last = asked('/cover').at(-1);
  return { bytes, outOfBrowser, isHit: last && isHit(last), age: last?.answered('age') };
};

const seeLanguages = async ({ page, url, asked, forget }: Visit): Promise<unknown> => {
  const greetings: unknown[] = [];
  for (const language of ['de-DE', 'en-US', 'de-DE', 'en-US']) {
    await forget();
    await page.setExtraHTTPHeaders({ 'Accept-Language': language });
    await page.goto(`${url}/greeting`);
    greetings.push(await page.locator('body').textContent());
  }
  return { greetings, isHit: asked('/greeting').map(isHit) };
};

const seeEvents = async ({ page, asked }: Visit): Promise<unknown> => {
  const heard = await page.evaluate(
    () =>
      new Promise<{ data: string; at: number }[]>((resolve) => {
        const all: { data: string; at: number }[] = [];
        const source = new EventSource('/events');
        source.addEventListener('message', ({ data }) => {
          all.push({ data: data as string, at: performance.now() });
          if (all.length < 3) return;
          source.close();
          resolve(all);
        });
      }),
  );
  const [first, , last] = heard;
  return {
    data: heard.map(({ data }) => data),
    // Two pauses of 300 ms lie between them; what is held back comes all at once.
    isEachAtOnce: first !== undefined && last !== undefined && last.at - first.at > 400,
    isHit: asked('/events').map(isHit),
  };
};

const seeHead = async ({ page, asked, forget }: Visit): Promise<unknown> => {
  await page.evaluate(async () => (await fetch('/albums')).text());
  await forget();
  const head = await page.evaluate(async () => {
    const { status, headers } = await fetch('/albums', { method: 'HEAD' });
    return { status, type: headers.get('content-type') };
  });
  const [got, asking] = asked('/albums');
  return {
    method: asking?.method,
    status: head.status,
    isSameType: head.type === got?.answered('content-type'),
    isSameTag: asking?.answered('etag') === got?.answered('etag'),
    isHit: asking && isHit(asking),
  };
};
