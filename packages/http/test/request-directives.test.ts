import { createCache } from '@keepsake/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { send as sendTo } from './client.ts';
import { counted, fresh, type OriginRequest } from './origin.ts';
import { ADAPTERS, type Running, start } from './subjects.ts';

describe.each(ADAPTERS)('%s: what a request asks of the cache', (adapter) => {
  const cache = createCache();
  const seen: OriginRequest[] = [];
  const handler = counted((request) => {
    seen.push(request);
    return fresh(String(handler.runs));
  });
  let server: Running;
  beforeEach(async () => {
    server = await start(adapter, handler, { cache });
  });
  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    await cache.clear();
    seen.length = 0;
    handler.runs = 0;
  });
  const send = (value?: string) =>
    sendTo(server.port, '/', value === undefined ? {} : { headers: { 'Cache-Control': value } });

  it.each(['no-cache', 'min-fresh=61'])(
    '%s: the handler answers, and its answer is stored',
    async (value) => {
      expect([(await send()).text, (await send()).isHit]).toEqual(['1', true]);
      expect((await send(value)).text).toBe('2');
      const next = await send();
      expect([next.isHit, next.text]).toEqual([true, '2']);
    },
  );

  it('only-if-cached: the stored response or 504, and never the handler', async () => {
    expect((await send('only-if-cached')).status).toBe(504);
    expect(handler.runs).toBe(0);
    await send();
    expect([(await send('only-if-cached')).isHit, handler.runs]).toEqual([true, 1]);
  });

  it('no-store: a stored response may answer, and a new one is not stored', async () => {
    await send('no-store');
    expect((await send()).text).toBe('2');
    expect([(await send('no-store')).isHit, (await send()).isHit]).toEqual([true, true]);
  });

  it("Node's fetch adds no-cache to a conditional request that has no Cache-Control of its own", async () => {
    const etag = (await fetch(server.url)).headers.get('etag') ?? '';
    const plain = await fetch(server.url, { headers: { 'If-None-Match': etag } });
    expect([plain.status, seen.at(-1)?.header('Cache-Control'), handler.runs]).toEqual([200, 'no-cache', 2]);
    const again = (await fetch(server.url)).headers.get('etag') ?? '';
    const headers = { 'If-None-Match': again, 'Cache-Control': 'max-age=60' };
    expect([(await fetch(server.url, { headers })).status, handler.runs]).toEqual([304, 2]);
  });
});
