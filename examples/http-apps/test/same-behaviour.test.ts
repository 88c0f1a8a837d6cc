import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Browser, findChrome, openBrowser } from '@keepsake/tooling/browser';
import { bundle, type Program } from '@keepsake/tooling/children';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cover } from '../src/albums.ts';
import { visitByBrowser } from './browser-visit.ts';

const run = promisify(execFile);

/** What a client sees of a response, in no client's shape. */
interface Seen {
  readonly status: number;
  header(name: string): string | undefined;
  readonly body: Buffer;
}

interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

type Client = (url: string, ask?: Ask) => Promise<Seen>;

const viaFetch: Client = async (url, ask = {}) => {
  const response = await fetch(url, ask);
  return {
    status: response.status,
    header: (name) => response.headers.get(name) ?? undefined,
    body: Buffer.from(await response.arrayBuffer()),
  };
};

const viaCurl: Client = async (url, { method = 'GET', headers = {}, body } = {}) => {
  const lines = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const data = body === undefined ? [] : ['--data-binary', body];
  const how = method === 'HEAD' ? ['--head'] : ['-i', '-X', method];
  const args = ['-s', '--max-time', '20', ...how, ...lines, ...data, url];
  const { stdout } = await run('curl', args, { encoding: 'buffer' });
  const end = stdout.indexOf('\r\n\r\n');
  const [first = '', ...rest] = stdout.toString('latin1', 0, end).split('\r\n');
  const fields = new Map(rest.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line]));
  return {
    status: Number(first.split(' ')[1]),
    header: (name) => fields.get(name.toLowerCase())?.replace(/^[^:]*: */, ''),
    body: stdout.subarray(end + 4),
  };
};

const hasCurl = await run('curl', ['--version']).then(
  () => true,
  () => false,
);
const CLIENTS: Readonly<Record<string, Client>> = hasCurl
  ? { fetch: viaFetch, curl: viaCurl }
  : { fetch: viaFetch };
const chrome = await findChrome();
const APPS = ['node', 'express', 'fastify', 'hono', 'koa', 'fetch'] as const;

/** What all of them are to show. */
const visit = async (ask: Client, url: string): Promise<unknown> => {
  const seen: unknown[] = [];
  const look = async (path: string, how?: Ask): Promise<Seen> => {
    const answer = await ask(url + path, how);
    const type = answer.header('content-type')?.split(';')[0];
    const outcome = /hit|fwd=[a-z-]+/.exec(answer.header('cache-status') ?? '')?.[0];
    const control = answer.header('cache-control');
    seen.push([
      how?.method ?? 'GET',
      path,
      answer.status,
      type,
      outcome,
      control,
      answer.body.toString('latin1'),
    ]);
    return answer;
  };
  await look('/albums');
  const { header } = await look('/albums');
  await look('/albums', { method: 'HEAD' });
  // With a Cache-Control of its own, or fetch adds no-cache to a condition.
  const condition = { 'If-None-Match': header('etag') ?? '', 'Cache-Control': 'max-age=60' };
  seen.push((await ask(`${url}/albums`, { headers: condition })).status);
  for (const path of ['/albums/2', '/albums/9', '/cover', '/lines', '/me']) {
    await look(path);
    await look(path);
  }
  const body = JSON.stringify({ name: 'Winter' });
  await look('/albums', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
  await look('/albums');
  return seen;
};

const json = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('latin1');
const BOTH = [
  { id: 1, name: 'Summer' },
  { id: 2, name: 'Bärensee' },
];
const WINTER = { id: 3, name: 'Winter' };
const twice = (path: string, type: string, body: string): unknown[] => [
  ['GET', path, 200, type, 'fwd=uri-miss', 'max-age=60', body],
  ['GET', path, 200, type, 'hit', 'max-age=60', body],
];
const EXPECTED = [
  ...twice('/albums', 'application/json', json(BOTH)),
  ['HEAD', '/albums', 200, 'application/json', 'hit', 'max-age=60', ''],
  304,
  ...twice('/albums/2', 'application/json', json(BOTH[1])),
  ...[1, 2].map(() => [
    'GET',
    '/albums/9',
    404,
    'application/json',
    'fwd=uri-miss',
    undefined,
    json({ message: 'no such album' }),
  ]),
  ...twice('/cover', 'image/gif', Buffer.from(cover).toString('latin1')),
  ...twice('/lines', 'text/plain', Buffer.from('Summer\nBärensee\n').toString('latin1')),
  ...[1, 2].map(() => [
    'GET',
    '/me',
    200,
    'application/json',
    'fwd=uri-miss',
    'private',
    json({ name: 'Ann' }),
  ]),
  ['POST', '/albums', 201, 'application/json', 'fwd=method', undefined, json(WINTER)],
  ['GET', '/albums', 200, 'application/json', 'fwd=uri-miss', 'max-age=60', json([...BOTH, WINTER])],
];

/** A `Response` carries no 1xx. */
const SENDS_HINTS: ReadonlySet<string> = new Set(['node', 'express', 'fastify', 'koa']);

const shownToBrowser = (app: string): unknown => ({
  page: {
    title: 'Albums',
    statuses: [200, 304, 304],
    isAskedByTag: [false, true, true],
    isHit: [false, true],
    interim: [SENDS_HINTS.has(app) ? [103] : [], []],
    pictureWidth: 1,
    pictureStatuses: [200],
  },
  picture: {
    bytes: [[...cover], [...cover]],
    outOfBrowser: 0,
    isHit: true,
    age: expect.stringMatching(/^\d+$/) as unknown,
  },
  languages: {
    greetings: ['Guten Tag', 'Hello', 'Guten Tag', 'Hello'],
    isHit: [false, false, true, true],
  },
  events: { data: ['1', '2', '3'], isEachAtOnce: true, isHit: [false] },
  head: { method: 'HEAD', status: 200, isSameType: true, isSameTag: true, isHit: true },
});

let browser: Browser | undefined;
beforeAll(async () => {
  if (chrome) browser = await openBrowser(chrome);
});
afterAll(() => browser?.close());

describe.each(APPS)('the service on %s', (name) => {
  let program: Program;
  beforeAll(async () => {
    program = await bundle(new URL(`../src/${name}.ts`, import.meta.url), { PORT: '0' });
  });
  afterAll(() => program.close());

  /** Starts it anew, with nothing stored; gives its address. */
  const startAnew = async (): Promise<string> => (await program.start().line()).replace('listening on ', '');

  it.each(Object.keys(CLIENTS))('shows %s what all of them show', async (client) => {
    expect(await visit(CLIENTS[client] ?? viaFetch, await startAnew())).toEqual(EXPECTED);
  });

  it.skipIf(chrome === undefined)('shows a browser what all of them show', { timeout: 60_000 }, async () => {
    if (!browser) throw new Error('no browser');
    const { port } = new URL(await startAnew());
    expect(await visitByBrowser(browser, Number(port))).toEqual(shownToBrowser(name));
  });
});
