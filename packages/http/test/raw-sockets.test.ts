import { setImmediate as nextTurn } from 'node:timers/promises';
import { createCache } from '@keepsake/core';
import { httpCache } from '@keepsake/http';
import { describe, expect, it } from 'vitest';
import { send } from './client.ts';
import { fresh, type Origin } from './origin.ts';
import { ADAPTERS, start } from './subjects.ts';
import { converse, type Framed } from './wire.ts';

const LONG = 'x'.repeat(200_000);

async function* inParts(): AsyncGenerator<Uint8Array> {
  for (const part of ['a', 'b', 'c']) {
    yield new TextEncoder().encode(part);
    await nextTurn();
  }
}

const service: Origin = async ({ method, url }) => {
  if (method === 'POST') return { body: 'posted' };
  if (url === '/stream') return { headers: [['Cache-Control', 'max-age=60']], body: inParts() };
  if (url === '/slow') await nextTurn();
  if (url === '/long') return fresh(LONG);
  if (url === '/none') return { status: 204, headers: [['Cache-Control', 'max-age=60']] };
  if (url === '/unstored') return { headers: [['Cache-Control', 'no-store']], body: 'unstored' };
  return fresh(url, ['ETag', '"1"']);
};

const request = (line: string, ...fields: readonly string[]): string =>
  [line.includes(' HTTP/') ? line : `${line} HTTP/1.1`, 'Host: a.example', ...fields, '', ''].join('\r\n');

const methodOf = (line: string): string => line.slice(0, line.indexOf(' '));

/** What one connection says in one go, and what each answer is to be. */
const CONVERSATION: readonly (readonly [request: string, answer: string])[] = [
  [request('GET /stored'), '200 /stored'],
  [request('GET /slow'), '200 /slow'],
  [request('GET /stored'), '200 /stored'],
  [request('HEAD /stored'), '200 '],
  [request('GET /long'), `200 ${LONG}`],
  [request('GET /stored', 'If-None-Match: "1"'), '304 '],
  [request('GET /stream'), '200 abc'],
  [request('HEAD /stream'), '200 '],
  [request('GET /stored', 'Range: bytes=1-3'), '206 sto'],
  [`${request('POST /', 'Content-Length: 5')}GET /`, '200 posted'],
  [request('GET /stored'), '200 /stored'],
  [request('GET /none'), '204 '],
  [request('GET /none'), '204 '],
  [`${request('POST /', 'Transfer-Encoding: chunked')}5\r\nGET /\r\n0\r\n\r\n`, '200 posted'],
  [request('GET /long'), `200 ${LONG}`],
  [request('GET /unstored'), '200 unstored'],
  [request('GET /stored', 'Range: bytes=99-'), '416 '],
  [request('GET /stream'), '200 abc'],
  [request('GET /else', 'Cache-Control: only-if-cached'), '504 '],
  [request('GET /stored', 'Connection: close'), '200 /stored'],
];

describe.each(ADAPTERS)('%s, on one connection', (adapter) => {
  const talk = async (parts: (whole: string) => readonly string[]): Promise<readonly string[]> => {
    await using cache = createCache();
    await using server = await start(adapter, service, { cache });
    for (const path of ['/stored', '/long'])
      await send(server.port, path, { headers: { Host: 'a.example' } });
    const whole = CONVERSATION.map(([each]) => each).join('');
    const methods = CONVERSATION.map(([each]) => methodOf(each));
    const answers = await converse(server.port, parts(whole), methods);
    return answers.map(({ status, text }) => `${status} ${text}`);
  };
  const expected = CONVERSATION.map(([, answer]) => answer);

  it('hits, misses, streams, HEAD, 304 and writes that come in one go are answered in order', async () => {
    expect(await talk((whole) => [whole])).toEqual(expected);
  });

  it('so are they byte by byte', async () => {
    expect(await talk((whole) => [...whole])).toEqual(expected);
  });

  it('HTTP/1.0 hears no chunks, from the store or past it', async () => {
    await using cache = createCache();
    await using server = await start(adapter, service, { cache });
    for (const isHit of [false, true]) {
      const [answer] = await converse(server.port, [request('GET /stream HTTP/1.0')], ['GET']);
      expect(answer).toMatchObject({ status: 200, text: 'abc', isHit });
      expect(answer?.fields.has('transfer-encoding')).toBe(false);
    }
  });
});

/** Forms of one target that no client sends to a server. */
const ODD = ['/a#', '/a#evil', 'http://a.example/a', 'http://a.example:80/a#'];

/** On a connection of its own. */
const say = async (port: number, line: string): Promise<Framed | undefined> =>
  (await converse(port, [request(line, 'Connection: close')], [methodOf(line)]))[0];

describe.each(ADAPTERS)('%s: what is no part of the key', (adapter) => {
  it.each(ODD)(
    'GET %s, which handlers may take for another resource, does not poison its own',
    async (odd) => {
      await using cache = createCache();
      const origin: Origin = ({ url }) => fresh(url === '/a' ? 'page' : 'evil');
      await using server = await start(adapter, origin, { cache });
      await say(server.port, `GET ${odd}`);
      expect((await say(server.port, 'GET /a'))?.text).toBe('page');
      expect(await say(server.port, 'GET /a')).toMatchObject({ text: 'page', isHit: true });
    },
  );

  it('who asks for another protocol is heard by the handler, and what it answers is for nobody else', async () => {
    await using cache = createCache();
    const origin: Origin = (r) => fresh(r.header('upgrade') === undefined ? 'page' : 'handshake');
    await using server = await start(adapter, origin, { cache });
    const upgrade = { headers: { Connection: 'Upgrade', Upgrade: 'websocket' } };
    const texts = [];
    for (const init of [upgrade, {}, {}, upgrade, upgrade]) {
      const { text, isHit } = await send(server.port, '/a', init);
      texts.push(`${text} ${isHit}`);
    }
    expect(texts).toEqual([
      'handshake false',
      'page false',
      'page true',
      'handshake false',
      'handshake false',
    ]);
    // Clients that know HTTP/2 offer it with every request.
    const offer = {
      headers: { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': '' },
    };
    expect((await send(server.port, '/a', offer)).isHit).toBe(true);
  });
});

/** Hosts that are one authority, as a client writes it last. */
const HOSTS = ['A.EXAMPLE', 'a.example.', 'a.example:080', 'a.example:80', 'a.example'];

const askWith = async (port: number, host: string): Promise<Framed | undefined> =>
  (await converse(port, [`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`], ['GET']))[0];

describe.each(ADAPTERS)('%s', (adapter) => {
  it('a Host in a form that is redirected to the usual one does not poison that', async () => {
    await using cache = createCache();
    const origin: Origin = ({ url, header }) =>
      header('host') === 'a.example'
        ? fresh('page')
        : {
            status: 301,
            headers: [
              ['Cache-Control', 'max-age=60'],
              ['Location', `http://a.example${url}`],
            ],
          };
    await using server = await start(adapter, origin, { cache });
    const ask = (host: string) => askWith(server.port, host);
    const statuses: unknown[] = [];
    for (const host of HOSTS) statuses.push((await ask(host))?.status);
    expect(statuses).toEqual([301, 301, 301, 301, 200]);
    expect(await ask('a.example')).toMatchObject({ text: 'page', isHit: true });
    // What is stored answers them all the same.
    expect(await ask('A.EXAMPLE')).toMatchObject({ text: 'page', isHit: true });
    expect(await ask('a.example:80')).toMatchObject({ text: 'page', isHit: true });
  });

  it('a page that is got with the default port in Host is stored for all', async () => {
    await using cache = createCache();
    await using server = await start(adapter, () => fresh('page'), { cache });
    await askWith(server.port, 'a.example:80');
    expect(await askWith(server.port, 'a.example')).toMatchObject({ text: 'page', isHit: true });
  });
});

describe.each(ODD)('node: %s', (odd) => {
  it('is answered from the store, and a write to it empties that', async () => {
    await using cache = createCache();
    await using server = await start('node', ({ method }) => fresh(method), { cache });
    await say(server.port, 'GET /a');
    expect((await say(server.port, `GET ${odd}`))?.isHit).toBe(true);
    await say(server.port, `POST ${odd}`);
    expect((await say(server.port, 'GET /a'))?.isHit).toBe(false);
  });
});

describe('a fetch handler', () => {
  it('is asked for what carries a fragment, and that is for nobody else', async () => {
    await using cache = createCache();
    const handle = httpCache({ cache })(
      ({ url }) => new Response(url, { headers: { 'Cache-Control': 'max-age=60' } }),
    );
    await (await handle(new Request('http://a/x#evil'))).text();
    expect(await (await handle(new Request('http://a/x'))).text()).toBe('http://a/x');
  });
});
