import { type Cache, createCache } from '@keepsake/core';
import { httpCache } from '@keepsake/http/node';
import express from 'express';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { send } from './client.ts';
import { listen } from './listen.ts';
import { fresh, type Origin, type OriginRequest } from './origin.ts';
import { type Adapter, ADAPTERS, start, type SubjectOptions } from './subjects.ts';
import { warningsOf } from './warnings.ts';

const CODE = 'KEEPSAKE_HTTP_UNKEYED';
const HOST = 'evil.example';

let cache: Cache;
beforeEach(() => {
  cache = createCache();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await cache.close();
});

const linkTo = (r: OriginRequest): string =>
  `<script src="//${r.header('x-forwarded-host') ?? 'ours'}/a.js"></script>`;

/** A response that is told of for certain, so that nothing that came before it is still under way. */
const LAST = { path: '/last', name: 'X-Last', value: 'the last one' } as const;

interface Told {
  readonly texts: string[];
  /** Whether each of two requests alike was answered from the store. */
  readonly hits: boolean[];
}

/** What is told of a request that is sent twice. */
const toldOf = async (
  adapter: Adapter,
  origin: Origin,
  headers: Readonly<Record<string, string>>,
  { path = '/albums/7', ...options }: Partial<SubjectOptions> & { readonly path?: string } = {},
): Promise<Told> => {
  const withLast: Origin = (r) => (r.url === LAST.path ? fresh(r.header(LAST.name) ?? '') : origin(r));
  await using server = await start(adapter, withLast, { cache, ...options });
  const hits: boolean[] = [];
  const told = await warningsOf(CODE, async () => {
    let isOver = false;
    const look = (warning: Error): void => void (isOver ||= warning.message.includes('x-last'));
    process.on('warning', look);
    hits.push((await send(server.port, path, { headers })).isHit);
    hits.push((await send(server.port, path, { headers })).isHit);
    await send(server.port, LAST.path, { headers: { [LAST.name]: LAST.value } });
    await vi.waitFor(() => expect(isOver).toBe(true), 3_000);
    process.off('warning', look);
  });
  const texts = told.map(({ message }) => message);
  return { texts: texts.filter((text) => !text.includes('x-last')), hits };
};

describe.each(ADAPTERS)(
  '%s: a stored response that repeats a header which is no part of its key',
  (adapter) => {
    const forwarded = { 'X-Forwarded-Host': HOST };

    it('in its body is told of, without the value, and stored all the same', async () => {
      const { texts, hits } = await toldOf(adapter, (r) => fresh(linkTo(r)), forwarded);
      expect(texts).toHaveLength(1);
      expect(texts[0]).toMatch(/ \/albums\/\* .*x-forwarded-host.*keyHeaders/);
      expect(texts[0]).not.toContain('evil');
      expect(texts[0]).not.toContain('7');
      expect(hits).toEqual([false, true]);
    });

    it('in a header of its own is told of', async () => {
      const moved: Origin = (r) => ({
        status: 301,
        headers: [
          ['Cache-Control', 'max-age=60'],
          ['Location', `https://${r.header('x-forwarded-host')}/`],
        ],
      });
      const { texts, hits } = await toldOf(adapter, moved, forwarded);
      expect(texts).toHaveLength(1);
      expect(texts[0]).not.toContain('evil');
      expect(hits).toEqual([false, true]);
    });

    it.each<[string, Origin, Partial<SubjectOptions>]>([
      ['keyHeaders that name it', (r) => fresh(linkTo(r)), { keyHeaders: ['X-Forwarded-Host'] }],
      ['a Vary that names it', (r) => fresh(linkTo(r), ['Vary', 'X-Forwarded-Host']), {}],
      ['an origin that says the same', (r) => fresh(linkTo(r)), { origin: `https://${HOST}` }],
      ['a response that does not repeat it', () => fresh('page'), {}],
    ])('is told nothing of with %s', async (_, origin, options) => {
      expect(await toldOf(adapter, origin, forwarded, options)).toEqual({ texts: [], hits: [false, true] });
    });

    it.each<[string, Origin, Partial<SubjectOptions>]>([
      ['says no-store', (r) => ({ headers: [['Cache-Control', 'no-store']], body: linkTo(r) }), {}],
      ['is too long', (r) => fresh(linkTo(r)), { maxBodyBytes: 16 }],
    ])('is told nothing of where it is not stored, for it %s', async (_, origin, options) => {
      expect(await toldOf(adapter, origin, forwarded, options)).toEqual({ texts: [], hits: [false, false] });
    });

    it('is not looked for in production', async () => {
      vi.stubEnv('NODE_ENV', 'production');
      await using server = await start(adapter, (r) => fresh(linkTo(r)), { cache });
      vi.stubEnv('NODE_ENV', 'test');
      const told = await warningsOf(CODE, async () => {
        await send(server.port, '/a', { headers: forwarded });
        expect((await send(server.port, '/a')).isHit).toBe(true);
        // The same on a cache that does look, which so comes after it.
        expect((await toldOf(adapter, (r) => fresh(linkTo(r)), forwarded)).texts).toHaveLength(1);
      });
      expect(told.filter(({ message }) => message.includes('/albums'))).toHaveLength(1);
      expect(told.filter(({ message }) => message.includes('/a '))).toEqual([]);
    });
  },
);

describe('what is told', () => {
  it('comes once for each header', async () => {
    await using server = await start('node', (r) => fresh(linkTo(r)), { cache });
    const told = await warningsOf(CODE, async () => {
      for (let i = 0; i < 5; i += 1) {
        await send(server.port, `/${i}`, { headers: { 'X-Forwarded-Host': `${i}.evil.example` } });
        expect((await send(server.port, `/${i}`)).isHit).toBe(true);
      }
    });
    expect(told).toHaveLength(1);
  });

  it('is nothing where a purge keeps the response from being stored', async () => {
    let purge: () => Promise<unknown> = async () => undefined;
    const purging: Origin = async (r) => {
      await purge();
      return fresh(linkTo(r));
    };
    await using server = await start('node', purging, { cache });
    purge = () => server.purge({ url: `${server.url}/a` });
    const told = await warningsOf(CODE, async () => {
      await send(server.port, '/a', { headers: { 'X-Forwarded-Host': HOST } });
      expect((await send(server.port, '/a')).isHit).toBe(false);
    });
    expect(told).toEqual([]);
  });

  it('is of ten headers at most', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `x-own-${i}`);
    const echo: Origin = (r) => fresh(names.map((name) => r.header(name)).join(' '));
    const headers = Object.fromEntries(names.map((name) => [name, `value of ${name}`]));
    await using server = await start('node', echo, { cache });
    const told = await warningsOf(CODE, async () => {
      await send(server.port, '/a', { headers });
      expect((await send(server.port, '/a')).isHit).toBe(true);
    });
    expect(told).toHaveLength(10);
  });

  it('says of a path no more than its first word and how long it is', async () => {
    const paths = ['/', '/albums', '/albums/lena/7?token=secret', '/lena@a.example/x', '/a'.repeat(500)];
    const shapes: string[] = [];
    for (const path of paths) {
      await using own = createCache();
      const { texts } = await toldOf(
        'node',
        (r) => fresh(linkTo(r)),
        { 'X-Forwarded-Host': HOST },
        {
          cache: own,
          path,
        },
      );
      shapes.push(/ at (\S+) /.exec(texts.join())?.[1] ?? '');
    }
    expect(shapes).toEqual(['/', '/albums', '/albums/*/*', '/*/*', `/a${'/*'.repeat(7)}/...`]);
  });

  it('harms nothing where it cannot be told', async () => {
    const errors: unknown[] = [];
    const broken = new Error('no warnings here');
    await using server = await start('node', (r) => fresh(linkTo(r)), {
      cache,
      onError: (error) => void errors.push(error),
    });
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {
      throw broken;
    });
    const first = await send(server.port, '/a', { headers: { 'X-Forwarded-Host': HOST } });
    const second = await send(server.port, '/a');
    expect([first.text, second.text, second.isHit]).toEqual([first.text, first.text, true]);
    await vi.waitFor(() => expect(errors).toEqual([broken]), 3_000);
  });
});

describe('Express with `trust proxy`', () => {
  interface PageOptions {
    readonly trust?: boolean;
    readonly vary?: string;
    readonly origin?: string;
    readonly keyHeaders?: string[];
  }

  /** Of a page that says where it is, as Express has it. */
  const toldOfPage = async (
    headers: Readonly<Record<string, string>>,
    { trust = true, vary, ...options }: PageOptions = {},
  ): Promise<string[]> => {
    const app = express();
    app.set('trust proxy', trust);
    app.use(httpCache({ cache, cacheControlMaxAge: 60, ...options }));
    app.get('/albums', (req, res) => {
      if (vary !== undefined) res.vary(vary);
      res.type('html').send(`<link rel="canonical" href="${req.protocol}://${req.host}${req.url}">`);
    });
    await using server = await listen(app);
    const told = await warningsOf(CODE, async () => {
      await send(server.port, '/albums', { headers });
      expect((await send(server.port, '/albums', { headers })).isHit).toBe(true);
    });
    return told.map(({ message }) => message);
  };

  it('a link to the host of X-Forwarded-Host is told of', async () => {
    const texts = await toldOfPage({ 'X-Forwarded-Host': `${HOST}:8443, inner.example` });
    expect(texts).toHaveLength(1);
    expect(texts[0]).toMatch(/ \/albums .*x-forwarded-host/);
    expect(texts[0]).not.toContain('evil');
  });

  it('a link with the scheme of X-Forwarded-Proto is told of', async () => {
    const texts = await toldOfPage({ 'X-Forwarded-Proto': 'https' });
    expect(texts).toHaveLength(1);
    expect(texts[0]).toContain('x-forwarded-proto');
    expect(texts[0]).not.toContain('https');
  });

  it('a link by Host is told of where the key has its host from options', async () => {
    const texts = await toldOfPage({ Host: HOST }, { origin: 'http://photos.example' });
    expect(texts).toHaveLength(1);
    expect(texts[0]).toMatch(/header host/);
  });

  const host = { 'X-Forwarded-Host': HOST };
  const scheme = { 'X-Forwarded-Proto': 'https' };
  it.each<[string, Readonly<Record<string, string>>, PageOptions]>([
    ['the proxy is not believed', { ...host, ...scheme }, { trust: false }],
    ['options say the host that it says', { ...host, ...scheme }, { origin: `https://${HOST}` }],
    ['options say the scheme that it says', { ...scheme, Host: HOST }, { origin: `https://${HOST}` }],
    ['the host is in the key', host, { keyHeaders: ['X-Forwarded-Host'] }],
    ['the scheme is in the key', scheme, { keyHeaders: ['X-Forwarded-Proto'] }],
    ['Vary names the host', host, { vary: 'X-Forwarded-Host' }],
    ['Vary names the scheme', scheme, { vary: 'X-Forwarded-Proto' }],
  ])('nothing is told where %s', async (_, headers, options) => {
    expect(await toldOfPage(headers, options)).toEqual([]);
  });
});
