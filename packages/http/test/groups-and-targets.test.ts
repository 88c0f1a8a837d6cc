import { createCache } from '@keepsake/core';
import { httpCache } from '@keepsake/http';
import { describe, expect, it } from 'vitest';
import { gate } from './gate.ts';

const request = (url: string, init?: RequestInit) => new Request(url, init);

describe('purge by group', () => {
  const grouped = (url: string): Response =>
    new Response(url, { headers: { 'Cache-Control': 'max-age=60', 'Cache-Groups': '"albums"' } });

  it('drops the responses of the group in every origin that has any, in another process too', async () => {
    await using cache = createCache();
    let runs = 0;
    const handle = httpCache({ cache })(({ url }) => {
      runs += 1;
      return grouped(url);
    });
    const get = async (host: string) => (await handle(request(`http://${host}/a`))).text();
    for (const host of ['one.example', 'two.example', 'one.example']) await get(host);
    expect(runs).toBe(2);
    // Another instance over the same store: it has seen no response.
    expect(await httpCache({ cache }).purge({ group: 'albums' })).toMatchObject({ acknowledged: true });
    for (const host of ['one.example', 'two.example']) await get(host);
    expect(runs).toBe(4);
  });

  it('leaves another group alone, and knows of none where none was stored', async () => {
    await using cache = createCache();
    const http = httpCache({ cache });
    expect(await http.purge({ group: 'albums' })).toEqual({ acknowledged: true, count: 0 });
    const handle = http(({ url }) => grouped(url));
    await (await handle(request('http://a/'))).text();
    await http.purge({ group: 'photos' });
    expect((await handle(request('http://a/'))).headers.get('cache-status')).toContain(';hit');
  });

  it('in the configured origin where there is one', async () => {
    await using cache = createCache();
    const http = httpCache({ cache, origin: 'https://photos.example' });
    let runs = 0;
    const handle = http(({ url }) => {
      runs += 1;
      return grouped(url);
    });
    await (await handle(request('http://any/'))).text();
    await http.purge({ group: 'albums' });
    await (await handle(request('http://any/'))).text();
    expect(runs).toBe(2);
  });
});

describe('groups are those of one origin', () => {
  it('another origin cannot invalidate them', async () => {
    await using cache = createCache();
    const handle = httpCache({ cache })(({ method }) =>
      method === 'GET'
        ? new Response('x', { headers: { 'Cache-Control': 'max-age=60', 'Cache-Groups': '"g"' } })
        : new Response(null, { headers: { 'Cache-Group-Invalidation': '"g"' } }),
    );
    const isHit = async () =>
      (await handle(request('http://victim/a'))).headers.get('cache-status')?.includes(';hit');
    await isHit();
    await handle(request('http://other/b', { method: 'POST' }));
    expect(await isHit()).toBe(true);
    await handle(request('http://victim/b', { method: 'POST' }));
    expect(await isHit()).toBe(false);
  });

  it('an invalidation counts for what is being made, too', async () => {
    await using cache = createCache();
    const begun = gate();
    const held = gate();
    let runs = 0;
    const handle = httpCache({ cache })(async ({ method }) => {
      if (method === 'POST') return new Response(null, { headers: { 'Cache-Group-Invalidation': '"g"' } });
      runs += 1;
      if (runs === 1) {
        begun.open();
        await held.opened;
      }
      return new Response(String(runs), {
        headers: { 'Cache-Control': 'max-age=60', 'Cache-Groups': '"g"' },
      });
    });
    const first = handle(request('http://a/'));
    await begun.opened;
    await handle(request('http://a/other', { method: 'POST' }));
    held.open();
    expect(await (await first).text()).toBe('1');
    expect(await (await handle(request('http://a/'))).text()).toBe('2');
  });
});

describe('target fields', () => {
  const handlerWith = (headers: Record<string, string>) => () => new Response('x', { headers });

  it('of names of its own, by rank', async () => {
    await using cache = createCache();
    const handle = httpCache({ cache, targets: ['Own-Cache-Control', 'CDN-Cache-Control'] })(
      handlerWith({
        'Cache-Control': 'no-store',
        'CDN-Cache-Control': 'no-store',
        'Own-Cache-Control': 'max-age=60',
      }),
    );
    await (await handle(request('http://a/'))).text();
    expect((await handle(request('http://a/'))).headers.get('cache-status')).toMatch(/;hit;ttl=(60|59)$/);
  });

  it('are kept from clients where the options say so, on a miss and on a hit', async () => {
    await using cache = createCache();
    const handle = httpCache({ cache, stripTargets: true })(
      handlerWith({ 'Cache-Control': 'max-age=5', 'CDN-Cache-Control': 'max-age=60' }),
    );
    for (const kind of ['fwd=', ';hit']) {
      const response = await handle(request('http://a/'));
      await response.text();
      expect(response.headers.get('cache-status')).toContain(kind);
      expect(response.headers.has('cdn-cache-control')).toBe(false);
      expect(response.headers.get('cache-control')).toBe('max-age=5');
    }
  });

  it('count for nothing where there are none in the list', async () => {
    await using cache = createCache();
    const handle = httpCache({ cache, targets: [] })(handlerWith({ 'CDN-Cache-Control': 'max-age=60' }));
    await (await handle(request('http://a/'))).text();
    expect((await handle(request('http://a/'))).headers.get('cache-status')).toContain('fwd=');
  });
});
