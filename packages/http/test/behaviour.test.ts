import { Buffer } from 'node:buffer';
import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import type { Cache } from '@keepsake/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { STORES } from './caches.ts';
import { type Received, send as sendTo, type Send, sendRaw } from './client.ts';
import { counted, fresh, type Origin, type OriginResponse } from './origin.ts';
import { ADAPTERS, type Running, start, type SubjectOptions } from './subjects.ts';

const LM = 'Mon, 01 Jan 2024 00:00:00 GMT';

for (const adapter of ADAPTERS) {
  for (const [storeName, makeStore] of Object.entries(STORES)) {
    describe(`${adapter} over ${storeName}`, () => {
      let cache: Cache;
      const running: Running[] = [];
      beforeEach(() => {
        cache = makeStore();
      });
      afterEach(async () => {
        for (const one of running.splice(0)) await one[Symbol.asyncDispose]();
        await cache.close();
      });

      const serve = async (origin: Origin, options: Omit<SubjectOptions, 'cache'> = {}) => {
        const handler = counted(origin);
        const server = await start(adapter, handler, { cache, ...options });
        running.push(server);
        const send = (path: string, init?: Send): Promise<Received> => sendTo(server.port, path, init);
        return { handler, server, send };
      };

      it('answers a second GET from the store, with Age, and an entity tag of the bytes', async () => {
        const { handler, send } = await serve(() => fresh('hello'));
        const first = await send('/a');
        const second = await send('/a');
        expect([first.text, second.text]).toEqual(['hello', 'hello']);
        expect(handler.runs).toBe(1);
        expect(second.isHit).toBe(true);
        expect(second.header('age')).toMatch(/^\d+$/);
        const tag = `"${createHash('sha256').update('hello').digest('base64url')}"`;
        expect([first.header('etag'), second.header('etag')]).toEqual([tag, tag]);
        expect(second.header('cache-control')).toBe('max-age=60');
      });

      it('stores nothing that says nothing about its freshness', async () => {
        const { handler, send } = await serve(() => ({ body: 'x' }));
        await send('/a');
        await send('/a');
        expect(handler.runs).toBe(2);
      });

      it('adds the default max-age where the handler gave none, and stores by it', async () => {
        const { handler, send } = await serve(() => ({ body: 'x' }), { cacheControlMaxAge: 3600 });
        expect((await send('/a')).header('cache-control')).toBe('max-age=3600');
        expect((await send('/a')).isHit).toBe(true);
        expect(handler.runs).toBe(1);
      });

      it.each([
        ['a Cache-Control of its own', { headers: [['Cache-Control', 'no-cache']] }, {}],
        ['an Expires of its own', { headers: [['Expires', '0']] }, {}],
        ['an error', { status: 500 }, {}],
        ['a redirect', { status: 302, headers: [['Location', '/b']] }, {}],
        ['a cookie', { headers: [['Set-Cookie', 'a=1']] }, {}],
        ['a request with a cookie', {}, { Cookie: 'session=1' }],
        ['a request with Authorization', {}, { Authorization: 'Bearer 1' }],
      ] as const)('adds no default max-age to %s', async (_, response, headers) => {
        const { handler, send } = await serve(() => ({ body: 'x', ...response }), {
          cacheControlMaxAge: 3600,
        });
        expect((await send('/a', { headers })).header('cache-control')).not.toBe('max-age=3600');
        await send('/a', { headers });
        expect(handler.runs).toBe(2);
      });

      it('answers HEAD from a stored GET, with its length and without its body', async () => {
        const { handler, send } = await serve(() => fresh('hello'));
        await send('/a');
        const head = await send('/a', { method: 'HEAD' });
        expect([head.status, head.header('content-length'), head.text]).toEqual([200, '5', '']);
        expect(head.isHit).toBe(true);
        expect(handler.runs).toBe(1);
      });

      it('asks the handler for a HEAD that nothing is stored for, and stores nothing of it', async () => {
        const { handler, send } = await serve(() => fresh('hello'));
        await send('/a', { method: 'HEAD' });
        expect((await send('/a')).text).toBe('hello');
        expect(handler.runs).toBe(2);
      });

      it.each([
        ['If-None-Match with its tag', { 'If-None-Match': '"v1"' }, 304],
        ['If-None-Match with its tag, weak', { 'If-None-Match': 'W/"v1"' }, 304],
        ['If-None-Match with a list', { 'If-None-Match': '"a", "b,c", "v1"' }, 304],
        ['If-None-Match *', { 'If-None-Match': '*' }, 304],
        ['If-None-Match with another tag', { 'If-None-Match': '"v2"' }, 200],
        ['If-None-Match without quotes', { 'If-None-Match': 'v1' }, 200],
        ['If-Modified-Since its date', { 'If-Modified-Since': LM }, 304],
        ['If-Modified-Since in RFC 850 form', { 'If-Modified-Since': 'Monday, 01-Jan-24 00:00:00 GMT' }, 304],
        ['If-Modified-Since in asctime form', { 'If-Modified-Since': 'Mon Jan  1 00:00:00 2024' }, 304],
        ['If-Modified-Since before its date', { 'If-Modified-Since': 'Sun, 31 Dec 2023 00:00:00 GMT' }, 200],
        ['If-Modified-Since that is no date', { 'If-Modified-Since': '2024-01-02' }, 200],
        [
          'a tag that differs over a date that matches',
          { 'If-None-Match': '"x"', 'If-Modified-Since': LM },
          200,
        ],
      ] as const)('answers %s from the store', async (_, headers, status) => {
        const { handler, send } = await serve(() => fresh('hello', ['ETag', '"v1"'], ['Last-Modified', LM]));
        await send('/a');
        const answer = await send('/a', { headers });
        expect(answer.status).toBe(status);
        expect(answer.header('etag')).toBe('"v1"');
        expect(answer.isHit).toBe(true);
        if (status === 304) {
          expect(answer.text).toBe('');
          expect(answer.header('cache-control')).toBe('max-age=60');
          expect(answer.header('content-length')).toBeUndefined();
        }
        expect(handler.runs).toBe(1);
      });

      it('answers 304 to the tag that it made, also when the handler had to be asked', async () => {
        const { handler, send } = await serve(() => fresh('hello'));
        const tag = `"${createHash('sha256').update('hello').digest('base64url')}"`;
        expect((await send('/a', { headers: { 'If-None-Match': tag } })).status).toBe(304);
        expect((await send('/a', { headers: { 'If-None-Match': tag } })).isHit).toBe(true);
        expect((await send('/a')).text).toBe('hello');
        expect(handler.runs).toBe(1);
      });

      it('keeps several variants at once, and forms of the same field value are one', async () => {
        const { handler, send } = await serve((r) =>
          fresh(`in ${r.header('accept-language') ?? 'none'}`, ['Vary', 'Accept-Language']),
        );
        const ask = async (language?: string) =>
          (await send('/a', language === undefined ? {} : { headers: { 'Accept-Language': language } })).text;
        expect([await ask('de'), await ask('en'), await ask()]).toEqual(['in de', 'in en', 'in none']);
        expect([await ask('de'), await ask('en'), await ask()]).toEqual(['in de', 'in en', 'in none']);
        expect(handler.runs).toBe(3);
        await ask('fr, de;q=0.5');
        expect(await ask('fr,de;q=0.5')).toBe('in fr, de;q=0.5');
        expect(handler.runs).toBe(4);
      });

      it('serves each variant right when the handler varies by more fields as time goes on', async () => {
        let vary = 'A';
        const { send } = await serve((r) => fresh(`${r.header('a')}${r.header('b')}`, ['Vary', vary]));
        const ask = async (a: string, b: string) => (await send('/a', { headers: { a, b } })).text;
        expect(await ask('1', '1')).toBe('11');
        vary = 'A, B';
        expect(await ask('2', '1')).toBe('21');
        expect(await ask('2', '2')).toBe('22');
        expect(await ask('2', '1')).toBe('21');
        expect(await ask('2', '2')).toBe('22');
      });

      it('keeps at most maxVariants responses of a URL', async () => {
        const { send } = await serve((r) => fresh(r.header('x-v') ?? '', ['Vary', 'X-V']), {
          maxVariants: 4,
        });
        const values = Array.from({ length: 40 }, (_, i) => String(i));
        await Promise.all(values.map((value) => send('/a', { headers: { 'X-V': value } })));
        await send('/a', { headers: { 'X-V': 'last' } });
        expect((await send('/a', { headers: { 'X-V': 'last' } })).isHit).toBe(true);
        await vi.waitFor(async () => {
          const keys: string[] = [];
          for await (const key of cache.namespace('http').keys()) keys.push(key);
          expect(keys.filter((key) => key.startsWith('variant:'))).toHaveLength(4);
        }, 10_000);
      });

      it.each([
        ['private', [['Cache-Control', 'private, max-age=60']]],
        ['no-store in capitals', [['Cache-Control', 'max-age=60, NO-STORE']]],
        [
          'no-store on a second line',
          [
            ['Cache-Control', 'max-age=60'],
            ['Cache-Control', 'no-store'],
          ],
        ],
        ['no-cache', [['Cache-Control', 'no-cache, max-age=60']]],
        [
          'Vary: *',
          [
            ['Cache-Control', 'max-age=60'],
            ['Vary', 'Accept, *'],
          ],
        ],
        ['max-age=0', [['Cache-Control', 'max-age=0']]],
        ['a negative max-age', [['Cache-Control', 'max-age=-1']]],
        ['two max-ages that differ', [['Cache-Control', 'max-age=60, max-age=1']]],
        ['a past Expires', [['Expires', 'Mon, 01 Jan 2024 00:00:00 GMT']]],
        ['Expires: 0', [['Expires', '0']]],
        [
          'an age over its lifetime',
          [
            ['Cache-Control', 'max-age=60'],
            ['Age', '61'],
          ],
        ],
        ['s-maxage=0 over max-age', [['Cache-Control', 's-maxage=0, max-age=60']]],
        [
          'a cookie',
          [
            ['Cache-Control', 'max-age=60'],
            ['Set-Cookie', 'a=1'],
          ],
        ],
        [
          'server-sent events',
          [
            ['Cache-Control', 'max-age=60'],
            ['Content-Type', 'text/event-stream'],
          ],
        ],
      ] as const)('does not store %s', async (_, headers) => {
        const { handler, send } = await serve(() => ({ headers, body: 'x' }));
        await send('/a');
        expect((await send('/a')).text).toBe('x');
        expect(handler.runs).toBe(2);
      });

      it.each([
        ['s-maxage alone', 200, [['Cache-Control', 's-maxage=60']]],
        [
          's-maxage over max-age=0',
          200,
          [
            ['Cache-Control', 'max-age=0'],
            ['Cache-Control', 's-maxage=60'],
          ],
        ],
        ['a lifetime of 2^31', 200, [['Cache-Control', 'max-age=99999999999']]],
        [
          'a directive that only looks like no-store',
          200,
          [['Cache-Control', 'x="no-store, private", max-age=60']],
        ],
        ['Expires in the far future', 200, [['Expires', 'Fri, 01 Jan 9999 00:00:00 GMT']]],
        ['404 that says so', 404, [['Cache-Control', 'max-age=60']]],
        ['503 that says so', 503, [['Cache-Control', 'max-age=60']]],
        [
          '302 that says so',
          302,
          [
            ['Cache-Control', 'max-age=60'],
            ['Location', '/b'],
          ],
        ],
        ['599 that says so', 599, [['Cache-Control', 'max-age=60']]],
        ['no-store with must-understand', 200, [['Cache-Control', 'no-store, must-understand, max-age=60']]],
      ] as const)('stores %s', async (_, status, headers) => {
        const { handler, send } = await serve(() => ({ status, headers, body: 'x' }));
        await send('/a');
        const again = await send('/a');
        expect([again.status, again.text, again.isHit]).toEqual([status, 'x', true]);
        expect(handler.runs).toBe(1);
      });

      it("adds to the origin's Age, and leaves its Date and Expires as they are", async () => {
        const date = new Date(Math.floor(Date.now() / 1_000) * 1_000 - 5_000).toUTCString();
        const expires = new Date(Date.now() + 600_000).toUTCString();
        const { send } = await serve(() => ({
          headers: [
            ['Date', date],
            ['Expires', expires],
            ['Age', '30'],
          ],
          body: 'x',
        }));
        await send('/a');
        const hit = await send('/a');
        expect(hit.isHit).toBe(true);
        expect(Number(hit.header('age'))).toBeGreaterThanOrEqual(30);
        expect([hit.all('date'), hit.all('expires')]).toEqual([[date], [expires]]);
        expect(hit.all('age')).toHaveLength(1);
      });

      it.each([
        ['no-cache', 'no-cache'],
        ['max-age=0 once the response is older', 'max-age=0'],
        ['min-fresh beyond what is left', 'min-fresh=600'],
      ])(
        'asks the handler when the request says %s, and keeps the old response no longer',
        async (_, value) => {
          let version = 1;
          const { handler, send } = await serve(() => fresh(`v${version}`, ['Age', '1']));
          await send('/a');
          version = 2;
          expect((await send('/a', { headers: { 'Cache-Control': value } })).text).toBe('v2');
          const next = await send('/a');
          expect([next.text, next.isHit]).toEqual(['v2', true]);
          expect(handler.runs).toBe(2);
        },
      );

      it('does not let a response that may not be stored put out the one that is', async () => {
        let control = 'max-age=60';
        const { send } = await serve(() => ({ headers: [['Cache-Control', control]], body: control }));
        await send('/a');
        control = 'no-store';
        expect((await send('/a', { headers: { 'Cache-Control': 'no-cache' } })).text).toBe('no-store');
        expect((await send('/a')).text).toBe('max-age=60');
      });

      it('answers only-if-cached with 504 where it has nothing, without asking the handler', async () => {
        const { handler, send } = await serve(() => fresh('x'));
        expect((await send('/a', { headers: { 'Cache-Control': 'only-if-cached' } })).status).toBe(504);
        expect(handler.runs).toBe(0);
      });

      it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'M-SEARCH'])(
        'drops the URL after a successful %s',
        async (method) => {
          let version = 1;
          const { send } = await serve((r) => (r.method === 'GET' ? fresh(`v${version}`) : { status: 204 }));
          await send('/a');
          version = 2;
          await send('/a', { method });
          expect((await send('/a')).text).toBe('v2');
        },
      );

      it('drops Location and Content-Location of the same origin after a write, and nothing after an error', async () => {
        let version = 1;
        let status = 500;
        const { send } = await serve((r) =>
          r.method === 'GET'
            ? fresh(`v${version}`)
            : {
                status,
                headers: [
                  ['Location', '/b'],
                  ['Content-Location', 'c?d=1'],
                ],
              },
        );
        const all = async () =>
          Promise.all(['/a', '/b', '/c?d=1', '/e'].map(async (path) => (await send(path)).text));
        await all();
        version = 2;
        await send('/a', { method: 'POST' });
        expect(await all()).toEqual(['v1', 'v1', 'v1', 'v1']);
        status = 201;
        await send('/a', { method: 'POST' });
        expect(await all()).toEqual(['v2', 'v2', 'v2', 'v1']);
      });

      it('does not store what was made before a write that came meanwhile', async () => {
        let release: () => void = () => undefined;
        let begin: () => void = () => undefined;
        const begun = new Promise<void>((resolve) => (begin = resolve));
        let version = 1;
        const { send } = await serve(async (r) => {
          if (r.method !== 'GET') return { status: 204 };
          const made = `v${version}`;
          if (version === 1) {
            begin();
            await new Promise<void>((resolve) => (release = resolve));
          }
          return fresh(made);
        });
        const old = send('/a');
        await begun;
        version = 2;
        await send('/a', { method: 'POST' });
        expect((await send('/a')).text).toBe('v2');
        release();
        expect((await old).text).toBe('v1');
        expect((await send('/a')).text).toBe('v2');
      });

      it('purges by URL and by tag', async () => {
        let version = 1;
        const { send, server } = await serve(() => fresh(`v${version}`, ['Vary', 'X-V']), {
          tags: ['album'],
        });
        const ask = () => send('/a', { headers: { 'X-V': '1' } });
        /** The write of a response may meet a removal; then it is not stored, and the next one is. */
        const stored = () => vi.waitFor(async () => expect((await ask()).isHit).toBe(true));
        await stored();
        version = 2;
        await server.purge({ url: `${server.url}/a` });
        expect((await ask()).text).toBe('v2');
        await stored();
        version = 3;
        await server.purge({ tag: 'album' });
        expect((await ask()).text).toBe('v3');
        await stored();
        version = 4;
        await server.purge({ tag: 'other' });
        expect((await ask()).text).toBe('v3');
      });

      it('keeps header values apart that keyHeaders names, and a write drops them all', async () => {
        let version = 1;
        const { send } = await serve((r) => fresh(`${r.header('x-tenant')} v${version}`), {
          keyHeaders: ['X-Tenant'],
        });
        const ask = async (tenant: string) => (await send('/a', { headers: { 'X-Tenant': tenant } })).text;
        expect([await ask('a'), await ask('b'), await ask('a')]).toEqual(['a v1', 'b v1', 'a v1']);
        version = 2;
        await send('/a', { method: 'POST', headers: { 'X-Tenant': 'a' } });
        expect([await ask('a'), await ask('b')]).toEqual(['a v2', 'b v2']);
      });

      it('leaves query parameters out of the key that query.only does not name', async () => {
        const { handler, send } = await serve((r) => fresh(r.url), { query: { only: ['page'] } });
        expect((await send('/a?page=1&utm=x')).text).toBe('/a?page=1&utm=x');
        expect((await send('/a?utm=y&page=1')).isHit).toBe(true);
        expect((await send('/a?page=2')).text).toBe('/a?page=2');
        expect(handler.runs).toBe(2);
      });

      it('keeps a response for serverTtl whatever it tells clients, but not against no-store or private', async () => {
        let control = 'max-age=0, must-revalidate';
        const { handler, send } = await serve(() => ({ headers: [['Cache-Control', control]], body: 'x' }), {
          serverTtl: '10m',
        });
        await send('/a');
        const hit = await send('/a');
        expect([hit.isHit, hit.header('cache-control')]).toEqual([true, control]);
        for (control of ['private', 'no-store', 'no-cache']) {
          await send(`/${control}`);
          await send(`/${control}`);
        }
        expect(handler.runs).toBe(7);
      });

      it("strips or stores cookies as 'setCookie' says", async () => {
        const origin: Origin = () => fresh('x', ['Set-Cookie', 'a=1'], ['Set-Cookie', 'b=2']);
        const strip = await serve(origin, { setCookie: 'strip' });
        expect((await strip.send('/strip')).all('set-cookie')).toEqual(['a=1', 'b=2']);
        const stripped = await strip.send('/strip');
        expect([stripped.isHit, stripped.all('set-cookie')]).toEqual([true, []]);
        const store = await serve(origin, { setCookie: 'store' });
        await store.send('/store');
        expect((await store.send('/store')).all('set-cookie')).toEqual(['a=1', 'b=2']);
      });

      it.each([
        ['public', true],
        ['s-maxage=60', true],
        ['must-revalidate', true],
        ['max-age=60', false],
      ])('shares the response to a request with Authorization under %s: %s', async (directive, isShared) => {
        const { handler, send } = await serve((r) => ({
          headers: [['Cache-Control', `max-age=60, ${directive}`]],
          body: r.header('authorization') ?? 'nobody',
        }));
        await send('/a', { headers: { Authorization: 'Bearer a' } });
        const other = await send('/a', { headers: { Authorization: 'Bearer b' } });
        expect(other.text).toBe(isShared ? 'Bearer a' : 'Bearer b');
        expect(handler.runs).toBe(isShared ? 1 : 2);
      });

      it('passes a longer body than maxBodyBytes in full and does not store it', async () => {
        const { handler, send } = await serve(
          (r) =>
            r.url === '/whole'
              ? fresh('x'.repeat(101))
              : { ...fresh(''), body: chunks(11, Buffer.alloc(10, 'x')) },
          { maxBodyBytes: 100 },
        );
        for (const [path, length] of [
          ['/whole', 101],
          ['/stream', 110],
        ] as const) {
          expect((await send(path)).body.byteLength).toBe(length);
          expect((await send(path)).body.byteLength).toBe(length);
        }
        expect(handler.runs).toBe(4);
      });

      it('says `stored` only of a body that is known to be within maxBodyBytes and whole', async () => {
        const stream = (count: number) => chunks(count, Buffer.alloc(10, 'x'));
        const origin: Record<string, OriginResponse> = {
          '/whole': fresh('x'.repeat(100)),
          '/whole-long': fresh('x'.repeat(101)),
          '/stream': { ...fresh(''), body: stream(2) },
          '/stream-long': { ...fresh(''), body: stream(11) },
          '/length': { ...fresh('', ['Content-Length', '20']), body: stream(2) },
          '/length-long': { ...fresh('', ['Content-Length', '110']), body: stream(11) },
        };
        const { send } = await serve((r) => origin[r.url] ?? {}, { maxBodyBytes: 100 });
        const claims: string[] = [];
        const hits: string[] = [];
        for (const path of Object.keys(origin)) {
          if ((await send(path)).header('cache-status')?.endsWith(';stored')) claims.push(path);
        }
        for (const path of Object.keys(origin)) if ((await send(path)).isHit) hits.push(path);
        expect(claims).toEqual(['/whole', '/length']);
        expect(hits).toEqual(['/whole', '/stream', '/length']);
      });

      it('gives binary bodies back bit by bit, whole and streamed', async () => {
        const bytes = randomBytes(200_000);
        const { handler, send } = await serve((r) => ({
          ...fresh('', ['Content-Type', 'application/octet-stream'], ['Content-Encoding', 'x-own']),
          body: r.url === '/whole' ? bytes : split(bytes, 7_777),
        }));
        for (const path of ['/whole', '/stream']) {
          const [first, second] = [await send(path), await send(path)];
          expect(first.body.equals(bytes)).toBe(true);
          expect(second.body.equals(bytes)).toBe(true);
          expect([second.isHit, second.header('content-encoding')]).toEqual([true, 'x-own']);
        }
        expect(handler.runs).toBe(2);
      });

      it('sends the first chunk of a stream before the second is made', async () => {
        let release: () => void = () => undefined;
        const { server } = await serve(() => ({
          ...fresh(''),
          body: (async function* () {
            yield Buffer.from('first');
            await new Promise<void>((resolve) => (release = resolve));
            yield Buffer.from('second');
          })(),
        }));
        const response = await fetch(`${server.url}/a`);
        const reader = response.body?.getReader();
        expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('first');
        release();
        expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('second');
      });

      it('never stores a body that broke off, or that is shorter than its Content-Length', async () => {
        const { handler, send } = await serve((r) =>
          r.url === '/broken'
            ? { ...fresh(''), body: brokenOff() }
            : { ...fresh('', ['Content-Length', '10']), body: split(Buffer.from('short'), 5) },
        );
        for (const path of ['/broken', '/short']) {
          for (let i = 0; i < 2; i += 1) {
            const answer = await send(path).catch(() => undefined);
            expect(answer?.isHit ?? false).toBe(false);
          }
        }
        expect(handler.runs).toBe(4);
      });

      it('does not store hop-by-hop fields nor those that Connection names', async () => {
        const { server, send } = await serve(() =>
          fresh(
            'x',
            ['Connection', 'X-Secret'],
            ['X-Secret', '1'],
            ['Keep-Alive', 'timeout=99'],
            ['Proxy-Authenticate', 'Basic'],
            ['TE', 'trailers'],
            ['Upgrade', 'h2c'],
            ['X-Kept', '1'],
          ),
        );
        await send('/a');
        const raw = await sendRaw(
          server.port,
          'GET /a HTTP/1.1\r\nHost: 127.0.0.1:' + server.port + '\r\nConnection: close\r\n\r\n',
        );
        expect(raw).toMatch(/cache-status: Keepsake;hit/i);
        expect(raw).toMatch(/x-kept: 1/i);
        expect(raw).not.toMatch(/x-secret|timeout=99|proxy-authenticate|^te:|h2c/im);
      });

      it('reads Cache-Control and Age from several lines', async () => {
        const { send } = await serve(() => ({
          headers: [
            ['Cache-Control', 'public'],
            ['Cache-Control', 'max-age=60'],
            ['Age', '10'],
            ['Age', '90'],
          ],
          body: 'x',
        }));
        await send('/a');
        const hit = await send('/a');
        expect(hit.isHit).toBe(true);
        expect(Number(hit.header('age'))).toBeGreaterThanOrEqual(10);
        expect(Number(hit.header('age'))).toBeLessThan(20);
      });

      it('says in Cache-Status what it did, behind what stood there', async () => {
        const { send } = await serve((r) =>
          r.url === '/a' ? fresh('x', ['Cache-Status', 'Origin; hit']) : { body: 'x' },
        );
        expect((await send('/a')).all('cache-status').join(', ')).toBe(
          'Origin; hit, Keepsake;fwd=uri-miss;fwd-status=200;stored',
        );
        expect((await send('/a')).all('cache-status').join(', ')).toMatch(
          /^Origin; hit, Keepsake;hit;ttl=(60|59)$/,
        );
        expect((await send('/b')).header('cache-status')).toBe('Keepsake;fwd=uri-miss;fwd-status=200');
        expect((await send('/b', { method: 'POST' })).header('cache-status')).toBe(
          'Keepsake;fwd=method;fwd-status=200',
        );
        expect((await send('/a', { headers: { Range: 'lines=0-0' } })).all('cache-status').join()).toContain(
          'fwd=bypass',
        );
      });

      it('can be silent about itself', async () => {
        const { send } = await serve(() => fresh('x'), { cacheStatus: false });
        await send('/a');
        expect((await send('/a')).header('cache-status')).toBeUndefined();
      });

      it('passes statuses without content, and redirects, unharmed', async () => {
        const { send } = await serve((r) => ({
          status: Number(r.url.slice(1)),
          headers: [
            ['Cache-Control', 'max-age=60'],
            ['Location', '/x'],
          ],
        }));
        for (const status of [204, 301, 304]) {
          expect((await send(`/${status}`)).status).toBe(status);
          const again = await send(`/${status}`);
          expect([again.status, again.isHit]).toEqual([status, status !== 304]);
        }
      });
    });
  }
}

async function* chunks(count: number, chunk: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i += 1) {
    await after(1);
    yield chunk;
  }
}

async function* split(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) {
    await after(0);
    yield bytes.subarray(at, at + size);
  }
}

async function* brokenOff(): AsyncGenerator<Uint8Array | 'abort'> {
  yield Buffer.from('half');
  await after(5);
  yield 'abort';
}
