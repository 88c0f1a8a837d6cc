import { createCache } from '@keepsake/core';
import { describe, expect, it } from 'vitest';
import { type Received, send as sendTo, type Send, sendRaw } from './client.ts';
import { fresh, type Origin } from './origin.ts';
import { ADAPTERS, start, type Subject, type SubjectOptions } from './subjects.ts';

/** One attack: true where the victim is unharmed. */
interface Attack {
  readonly name: string;
  readonly options?: Partial<SubjectOptions>;
  readonly origin: Origin;
  readonly isSafe: (send: (path: string, init?: Send) => Promise<Received>, port: number) => Promise<boolean>;
}

const who: Origin = (r) => ({ body: r.header('cookie') ?? r.header('authorization') ?? 'nobody' });

const malformed = (value: string): Attack => ({
  name: `a response under Cache-Control: ${value} is not shared (6)`,
  origin: (r) => ({ headers: [['Cache-Control', value]], body: r.header('x-user') ?? 'nobody' }),
  isSafe: async (send) => {
    await send('/a', { headers: { 'X-User': 'alice' } });
    return (await send('/a')).text === 'nobody';
  },
});

const twoUrls = (name: string, first: string, second: string): Attack => ({
  name: `${name} are two resources (11)`,
  origin: (r) => fresh(r.url),
  isSafe: async (send) => {
    await send(first);
    return (await send(second)).text === second;
  },
});

const ATTACKS: readonly Attack[] = [
  {
    name: 'a method override on GET does not poison the GET (1)',
    origin: (r) => fresh(r.header('x-http-method-override') ?? 'page'),
    isSafe: async (send) => {
      await send('/a', { headers: { 'X-HTTP-Method-Override': 'DELETE' } });
      return (await send('/a')).text === 'page';
    },
  },
  {
    name: 'content on GET does not poison the GET without it (1)',
    origin: (r) => fresh(r.header('content-length') === undefined ? 'page' : 'poison'),
    isSafe: async (send) => {
      await send('/a', { body: 'q=evil', headers: { 'Content-Length': '6' } });
      return (await send('/a')).text === 'page';
    },
  },
  {
    name: 'a header that options name is part of the key (1)',
    options: { keyHeaders: ['X-Forwarded-Host'] },
    origin: (r) => fresh(`<script src=//${r.header('x-forwarded-host') ?? 'ours'}>`),
    isSafe: async (send) => {
      await send('/a', { headers: { 'X-Forwarded-Host': 'evil' } });
      return (await send('/a')).text.includes('ours');
    },
  },
  {
    name: 'an error without freshness is not stored for those who caused none (2)',
    options: { cacheControlMaxAge: 60, serverTtl: '1m' },
    origin: (r) => (r.header('x-oversized') === undefined ? fresh('page') : { status: 400, body: 'bad' }),
    isSafe: async (send) => {
      await send('/a', { headers: { 'X-Oversized': 'x'.repeat(1_000) } });
      return (await send('/a')).status === 200;
    },
  },
  ...['/me/x.css', '/me%2fx.css', '/me;x.css'].map((path) => ({
    name: `a private page is not kept because its path is ${path} (3)`,
    options: { cacheControlMaxAge: 60 },
    origin: who,
    isSafe: async (send: (path: string, init?: Send) => Promise<Received>) => {
      await send(path, { headers: { Cookie: 'session=alice' } });
      return (await send(path)).text === 'nobody';
    },
  })),
  {
    name: 'a cookie is not given to others (4)',
    options: { cacheControlMaxAge: 60 },
    origin: () => fresh('page', ['Set-Cookie', 'session=alice']),
    isSafe: async (send) => {
      await send('/a');
      return !(await send('/a')).isHit;
    },
  },
  {
    name: "a response to one user's Authorization is not given to another (5)",
    options: { cacheControlMaxAge: 60, serverTtl: '1m' },
    origin: (r) => fresh(r.header('authorization') ?? 'nobody'),
    isSafe: async (send) => {
      await send('/a', { headers: { Authorization: 'Bearer alice' } });
      return (await send('/a', { headers: { Authorization: 'Bearer bob' } })).text === 'Bearer bob';
    },
  },
  {
    name: 'what nobody in particular got is not given to who authenticates (5)',
    origin: (r) => fresh(r.header('authorization') ?? 'nobody'),
    isSafe: async (send) => {
      await send('/a');
      return (await send('/a', { headers: { Authorization: 'Bearer bob' } })).text === 'Bearer bob';
    },
  },
  {
    name: 'a default lifetime neither stores nor reuses what may depend on a cookie (5)',
    options: { cacheControlMaxAge: 60, serverTtl: '1m' },
    origin: who,
    isSafe: async (send) => {
      await send('/a', { headers: { Cookie: 'session=alice' } });
      const anonymous = (await send('/a')).text;
      const bob = (await send('/a', { headers: { Cookie: 'session=bob' } })).text;
      return anonymous === 'nobody' && bob === 'session=bob';
    },
  },
  ...['private=', 'private=""', 'no-store=1', 'max-age=60, private="x', 'public; max-age=60, no-store;'].map(
    malformed,
  ),
  {
    name: 'Vary: * on a second line is obeyed (7)',
    origin: (r) => fresh(r.header('x-user') ?? 'nobody', ['Vary', 'Accept'], ['Vary', '*']),
    isSafe: async (send) => {
      await send('/a', { headers: { 'X-User': 'alice' } });
      return (await send('/a')).text === 'nobody';
    },
  },
  {
    name: 'fields of one connection are not replayed on another (8)',
    origin: () =>
      fresh(
        'page',
        ['Connection', 'X-Hop'],
        ['X-Hop', 'secret'],
        ['Proxy-Authenticate', 'Basic'],
        ['Keep-Alive', 'timeout=999'],
      ),
    isSafe: async (send, port) => {
      await send('/a');
      const raw = await sendRaw(
        port,
        `GET /a HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`,
      );
      return /;\s*hit/.test(raw) && !/x-hop|proxy-authenticate|timeout=999/i.test(raw);
    },
  },
  {
    name: 'a chunked response is replayed with one length and no Transfer-Encoding (8)',
    origin: () => ({
      ...fresh('', ['Transfer-Encoding', 'chunked']),
      body: (async function* () {
        yield new TextEncoder().encode('page');
      })(),
    }),
    isSafe: async (send) => {
      await send('/a');
      const hit = await send('/a');
      return (
        hit.isHit && hit.all('transfer-encoding').length === 0 && hit.all('content-length').join() === '4'
      );
    },
  },
  twoUrls('/x and //x', '/x', '//x'),
  twoUrls('/x/y and /x%2Fy', '/x/y', '/x%2Fy'),
  twoUrls('/x and /x?', '/x', '/x?'),
  twoUrls('/x and /X', '/x', '/X'),
  {
    name: 'two hosts are two origins (11)',
    origin: (r) => fresh(r.header('host') ?? ''),
    isSafe: async (send) => {
      await send('/a', { headers: { Host: 'evil.example' } });
      return (await send('/a', { headers: { Host: 'good.example' } })).text === 'good.example';
    },
  },
  {
    name: 'a write cannot empty the cache of another origin by its Location (13)',
    origin: (r) =>
      r.method === 'POST'
        ? { status: 201, headers: [['Location', `http://${r.header('x-victim')}/b`]] }
        : fresh('page'),
    isSafe: async (send) => {
      await send('/b', { headers: { Host: 'victim.example' } });
      await send('/a', { method: 'POST', headers: { Host: 'other.example', 'X-Victim': 'victim.example' } });
      return (await send('/b', { headers: { Host: 'victim.example' } })).isHit;
    },
  },
  {
    name: 'PURGE from outside removes nothing unless the handler says so (13)',
    origin: (r) => (r.method === 'PURGE' ? { status: 405 } : fresh(r.method)),
    isSafe: async (send) => {
      await send('/a');
      await send('/a', { method: 'PURGE' });
      const hit = await send('/a');
      return hit.isHit && hit.all('cache-status').join().includes('ttl=');
    },
  },
  {
    name: 'Cache-Status tells neither key nor detail (15)',
    origin: () => fresh('page'),
    isSafe: async (send) => {
      await send('/a?token=1');
      const status = (await send('/a?token=1')).all('cache-status').join();
      return status !== '' && /ttl=/.test(status) && !/key|detail|token/.test(status);
    },
  },
];

const run = async (subject: Subject, attack: Attack): Promise<boolean> => {
  await using cache = createCache();
  await using server = await start(subject, attack.origin, { cache, ...attack.options });
  return await attack.isSafe((path, init) => sendTo(server.port, path, init), server.port);
};

describe.each(ADAPTERS)('%s', (subject) => {
  it.each(ATTACKS)('$name', async (attack) => {
    expect(await run(subject, attack)).toBe(true);
  });
});

describe('a naive cache fails each of them, so each can fail', () => {
  it.each(ATTACKS)('$name', async (attack) => {
    expect(await run('naive', attack)).toBe(false);
  });
});

describe('what only raw sockets can say', () => {
  it.each(ADAPTERS)('%s: two Host lines never share an entry with one', async (subject) => {
    await using cache = createCache();
    await using server = await start(subject, (r) => fresh(r.header('host') ?? ''), { cache });
    const host = `127.0.0.1:${server.port}`;
    await sendRaw(server.port, `GET /a HTTP/1.1\r\nHost: ${host}\r\nHost: evil\r\nConnection: close\r\n\r\n`);
    expect((await sendTo(server.port, '/a')).text).toBe(host);
  });

  it('node: an absolute-form target is its resource, and under another Host nobody gets what it gave', async () => {
    await using cache = createCache();
    await using server = await start('node', (r) => fresh(r.header('host') ?? ''), { cache });
    const ask = (host: string) =>
      sendRaw(server.port, `GET http://a.example/x HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    await ask('evil.example');
    const send = () => sendTo(server.port, '/x', { headers: { Host: 'a.example' } });
    expect((await send()).text).toBe('a.example');
    expect(await ask('a.example')).toMatch(/;hit/);
    expect((await sendTo(server.port, '/x', { headers: { Host: 'evil.example' } })).isHit).toBe(false);
  });
});

describe('the order with authentication (14)', () => {
  const authenticate =
    (inner: (request: Request) => Promise<Response>) =>
    async (request: Request): Promise<Response> =>
      request.headers.has('x-api-key') ? inner(request) : new Response(null, { status: 401 });
  const page = () => new Response('secret', { headers: { 'Cache-Control': 'max-age=60' } });
  const known = () => new Request('http://a/', { headers: { 'X-Api-Key': '1' } });

  it('outside of the cache is asked on a hit too; inside it is not', async () => {
    const { httpCache } = await import('@keepsake/http');
    await using cache = createCache();
    const right = authenticate(httpCache({ cache })(page));
    await right(known());
    expect((await right(new Request('http://a/'))).status).toBe(401);

    await using other = createCache();
    const wrong = httpCache({ cache: other })(authenticate(async () => page()));
    await wrong(known());
    expect((await wrong(new Request('http://a/'))).status).toBe(200);
  });
});
