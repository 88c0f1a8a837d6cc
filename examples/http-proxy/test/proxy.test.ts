import { testRedisUrl } from '@keepsake/tooling/servers';
import { afterEach, describe, expect, it } from 'vitest';
import { ADAPTERS, type AdapterName } from '../src/adapters/index.ts';
import type { Settings } from '../src/settings.ts';
import { type RunningProxy, startProxy } from '../src/start-proxy.ts';
import { ask, partsOf, sendRaw } from './raw-client.ts';
import { type RawOrigin, type Script, startRawOrigin } from './raw-origin.ts';

const names = Object.keys(ADAPTERS) as AdapterName[];
/** A Response has no 1xx, gives its fields in lower case, and several lines of one name as one. */
const isFetch = (name: AdapterName): boolean => name === 'fetch' || name === 'hono';

const ok = (body: string, ...lines: readonly string[]): string =>
  ['HTTP/1.1 200 OK', `Content-Length: ${body.length}`, ...lines, '', body].join('\r\n');
const fresh = (body: string, ...lines: readonly string[]): string =>
  ok(body, 'Cache-Control: max-age=60', ...lines);

const STORES: Readonly<Record<string, () => Partial<Settings>>> = {
  memory: () => ({}),
  redis: () => ({ redisUrl: testRedisUrl() }),
  'a late second tier': () => ({ l2DelayMs: 50 }),
};

let origin: RawOrigin | undefined;
let proxy: RunningProxy | undefined;
afterEach(async () => {
  await proxy?.close();
  await origin?.[Symbol.asyncDispose]();
  origin = proxy = undefined;
});

const start = async (adapter: AdapterName, script: Script, more: Partial<Settings> = {}): Promise<number> => {
  origin = await startRawOrigin(script);
  const settings = { port: 0, redisUrl: undefined, adapter, preset: 'safe', l2DelayMs: 0, ...more } as const;
  proxy = await startProxy({ ...settings, origin: origin.url });
  return Number(new URL(proxy.url).port);
};

let unique = 0;
/** A path that no other test has used: one Redis serves them all. */
const freshPath = (): string => `/${process.pid}/${Date.now()}/${(unique += 1)}`;

describe.each(names)('the proxy on %s', (adapter) => {
  it.each(Object.keys(STORES))('answers the second request itself, over %s', async (store) => {
    const port = await start(adapter, () => [fresh('hello', 'X-Own: a')], STORES[store]?.());
    const path = freshPath();
    const first = await ask(port, `GET ${path}`);
    const second = await ask(port, `GET ${path}`);
    expect(first).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    expect(first).toMatch(/\r\ncache-status: Keepsake;fwd=uri-miss;fwd-status=200;stored\r\n/i);
    expect(second).toMatch(/\r\ncache-status: Keepsake;hit;ttl=\d+\r\n/i);
    for (const received of [first, second]) {
      expect(received).toMatch(/\r\nx-own: a\r\n/i);
      expect(partsOf(received)[1]).toBe('hello');
    }
    expect(origin?.requests).toHaveLength(1);
  });

  it('sends the request on as it came: target, field lines, and all but what belongs to the connection', async () => {
    const port = await start(adapter, () => [ok('')]);
    await ask(
      port,
      'GET /a//b%2Fc?x=1&&y',
      'X-Two: 1',
      'x-two: 2',
      'Connection: x-hop',
      'X-Hop: 1',
      'TE: gzip',
    );
    const [request = ''] = origin?.requests ?? [];
    expect(request).toMatch(/^GET \/a\/\/b%2Fc\?x=1&&y HTTP\/1.1\r\n/);
    expect(request).toMatch(/\r\nhost: photos.example\r\n/i);
    expect(request).toMatch(isFetch(adapter) ? /\r\nx-two: 1, 2\r\n/ : /\r\nX-Two: 1\r\nx-two: 2\r\n/);
    expect(request).not.toMatch(/\r\n(x-hop|te):/i);
  });

  it.each(['M-SEARCH', 'PROPFIND', 'PATCH', 'OPTIONS'])('passes %s, body and all', async (method) => {
    const port = await start(adapter, () => [ok('done')]);
    const head = `${method} /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: text/x\r\n`;
    const lengthy = await sendRaw(port, `${head}Content-Length: 4\r\n\r\nbody`);
    const chunked = await sendRaw(port, `${head}Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n`);
    expect([partsOf(lengthy)[1], partsOf(chunked)[1]]).toEqual(['done', 'done']);
    const [first = '', second = ''] = origin?.requests ?? [];
    expect(first.startsWith(`${method} /a HTTP/1.1\r\n`)).toBe(true);
    expect([partsOf(first)[1], partsOf(second)[1]]).toEqual(['body', '4\r\nbody\r\n0']);
  });

  it('asks for the host that the client asked for, though Connection names it', async () => {
    const port = await start(adapter, () => [ok('')]);
    await ask(port, 'GET /a', 'Connection: Host');
    expect(origin?.requests[0]).toMatch(/\r\nhost: photos.example\r\n/i);
  });

  it('answers a GET with content, whether that can be passed on or not', async () => {
    const port = await start(adapter, () => [ok('done')]);
    const head = 'GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n';
    expect(partsOf(await sendRaw(port, `${head}Content-Length: 4\r\n\r\nbody`))[1]).toBe('done');
  });

  it('answers HEAD with the length that the origin gave', async () => {
    const port = await start(adapter, () => ['HTTP/1.1 200 OK\r\nContent-Length: 512\r\nX-Own: a\r\n\r\n']);
    expect(await ask(port, 'HEAD /a')).toMatch(/\r\ncontent-length: 512\r\n/i);
  });

  it('gives duplicate lines on, from the origin and from the store', async () => {
    const lines = ['Warning: 1 a "x"', 'Warning: 2 b "y"', 'Set-Cookie: a=1', 'Set-Cookie: b=2'];
    const port = await start(adapter, (request) => [
      fresh('hello', ...(request.includes('/cookies') ? lines.slice(2) : lines.slice(0, 2))),
    ]);
    const path = freshPath();
    for (const received of [await ask(port, `GET ${path}`), await ask(port, `GET ${path}`)]) {
      const apart = /\r\nWarning: 1 a "x"\r\nWarning: 2 b "y"\r\n/;
      expect(received).toMatch(isFetch(adapter) ? /\r\nwarning: 1 a "x", 2 b "y"\r\n/ : apart);
    }
    const cookies = await ask(port, `GET ${path}/cookies`);
    expect(cookies).toMatch(/\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n/i);
  });

  if (!isFetch(adapter)) {
    it('passes interim responses on at once, with their fields, and none from the store', async () => {
      const port = await start(adapter, () => [
        'HTTP/1.1 102 Processing\r\nX-Step: 1\r\n\r\n',
        'HTTP/1.1 103 Early Hints\r\nX-Early: 2\r\n\r\n',
        fresh('hello'),
      ]);
      const path = freshPath();
      const [processing, hints, final = '', body] = partsOf(await ask(port, `GET ${path}`));
      expect(processing).toBe('HTTP/1.1 102 Processing\r\nX-Step: 1');
      expect(hints).toBe('HTTP/1.1 103 Early Hints\r\nX-Early: 2');
      expect(final).toMatch(/^HTTP\/1.1 200 OK\r\n/);
      expect(final).not.toMatch(/x-early/i);
      expect(body).toBe('hello');
      expect(await ask(port, `GET ${path}`)).toMatch(/^HTTP\/1.1 200 OK\r\n(?!.*x-early)/is);
    });
  }

  it('is not shaken by interim responses', async () => {
    const port = await start(adapter, () => [
      'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n',
      fresh('hello'),
    ]);
    const path = freshPath();
    expect(await ask(port, `GET ${path}`)).toMatch(/\r\n\r\nhello$/);
    expect(await ask(port, `GET ${path}`)).toMatch(/keepsake;hit/i);
  });

  it.each([
    [
      'a body shorter than its length',
      'HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 10\r\n\r\nhello',
    ],
    [
      'a chunked body without its end',
      'HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
    ],
  ])('breaks %s off for the client too, and stores nothing', async (_, response) => {
    const port = await start(adapter, () => [response]);
    const path = freshPath();
    for (let i = 0; i < 2; i += 1) {
      const received = await ask(port, `GET ${path}`);
      expect(received).not.toMatch(/keepsake;hit/i);
      expect(received).not.toMatch(/\r\n0\r\n\r\n$/);
    }
    expect(origin?.requests).toHaveLength(2);
  });

  it('gives exactly the declared bytes of a body that is longer', async () => {
    const longer = 'HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 5\r\n\r\nhello and more';
    const port = await start(adapter, () => [longer]);
    const path = freshPath();
    for (let i = 0; i < 2; i += 1) expect(partsOf(await ask(port, `GET ${path}`))[1]).toBe('hello');
  });

  it('answers 502 where the origin gives no response', async () => {
    const port = await start(adapter, () => ['reset']);
    expect(await ask(port, `GET ${freshPath()}`)).toMatch(/^HTTP\/1.1 502 /);
  });

  it('invalidates by an unsafe method, M-SEARCH too', async () => {
    let version = 0;
    const port = await start(adapter, () => [fresh(`v${(version += 1)}`)]);
    const path = freshPath();
    const get = async (): Promise<string | undefined> => partsOf(await ask(port, `GET ${path}`))[1];
    expect([await get(), await get()]).toEqual(['v1', 'v1']);
    await ask(port, `M-SEARCH ${path}`);
    expect(await get()).toBe('v3');
  });
});
