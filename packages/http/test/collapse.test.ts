import { Buffer } from 'node:buffer';
import { connect } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import { type Cache, createCache } from '@keepsake/core';
import { FakeClock } from '@keepsake/core/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createEngine } from '../src/engine.ts';
import type { Exchange } from '../src/exchange.ts';
import type { Verdict } from '../src/forward.ts';
import { nodeDigest } from '../src/node/node-digest.ts';
import { parseAbsoluteTarget } from '../src/request-target.ts';
import { send as sendTo, type Send } from './client.ts';
import { counted, fresh, type Origin } from './origin.ts';
import { ADAPTERS, type Running, start } from './subjects.ts';

describe.each(ADAPTERS)('%s: concurrent misses', (adapter) => {
  let cache: Cache;
  let server: Running | undefined;
  beforeEach(() => {
    cache = createCache();
  });
  afterEach(async () => {
    await server?.[Symbol.asyncDispose]();
    await cache.close();
  });

  const serve = async (origin: Origin) => {
    const handler = counted(origin);
    const own = (server = await start(adapter, handler, { cache }));
    return { handler, send: (path: string, init?: Send) => sendTo(own.port, path, init) };
  };

  it.each<[string, Origin]>([
    ['JSON', () => fresh('{"a":1}', ['Content-Type', 'application/json'])],
    ['bytes', () => ({ ...fresh(''), body: Buffer.alloc(5_000, 7) })],
    ['a stream', () => ({ ...fresh(''), body: trickle(5) })],
  ])('1,000 of them run the handler once: %s', async (_, origin) => {
    const { handler, send } = await serve(async (r) => {
      await after(200);
      return origin(r);
    });
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => send('/a')));
    const [first] = answers;
    expect(first?.body.byteLength).toBeGreaterThan(0);
    expect(
      answers.every((answer) => answer.status === 200 && answer.body.equals(first?.body ?? Buffer.alloc(0))),
    ).toBe(true);
    expect(handler.runs).toBe(1);
    expect(
      answers.filter((answer) => answer.header('cache-status')?.includes('collapsed')).length,
    ).toBeGreaterThan(0);
  });

  it('each ask for themselves where the response turns out to be private', async () => {
    const { handler, send } = await serve(async (r) => {
      await after(30);
      return { headers: [['Cache-Control', 'private']], body: r.header('x-user') ?? '' };
    });
    const users = Array.from({ length: 20 }, (_, i) => `user ${i}`);
    const answers = await Promise.all(users.map((user) => send('/a', { headers: { 'X-User': user } })));
    expect(answers.map((answer) => answer.text)).toEqual(users);
    expect(handler.runs).toBe(20);
  });

  it('share only what matches their Vary: one run a variant', async () => {
    const { handler, send } = await serve(async (r) => {
      await after(30);
      return fresh(r.header('accept-language') ?? '', ['Vary', 'Accept-Language']);
    });
    const languages = Array.from({ length: 60 }, (_, i) => ['de', 'en', 'fr'][i % 3] ?? '');
    const answers = await Promise.all(
      languages.map((language) => send('/a', { headers: { 'Accept-Language': language } })),
    );
    expect(answers.map((answer) => answer.text)).toEqual(languages);
    expect(handler.runs).toBe(3);
  });

  it('share nothing with who authenticates unless it is for all', async () => {
    const { send } = await serve(async (r) => {
      await after(30);
      return fresh(r.header('authorization') ?? 'nobody');
    });
    const users = [undefined, 'Bearer a', 'Bearer b', undefined];
    const answers = await Promise.all(
      users.map((user) => send('/a', user === undefined ? {} : { headers: { Authorization: user } })),
    );
    expect(answers.map((answer) => answer.text)).toEqual(['nobody', 'Bearer a', 'Bearer b', 'nobody']);
  });

  it('promote another when the leader breaks off', async () => {
    let runs = 0;
    const { send } = await serve(async () => {
      runs += 1;
      const isFirst = runs === 1;
      await after(30);
      if (isFirst) throw new Error('the first one fails');
      return fresh('fine');
    });
    const answers = await Promise.allSettled(Array.from({ length: 50 }, () => send('/a')));
    const texts = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value.text : 'failed'));
    expect(texts.filter((text) => text === 'failed')).toHaveLength(1);
    expect(texts.filter((text) => text === 'fine')).toHaveLength(49);
    expect(runs).toBe(2);
  });

  it('promote another when the body of the leader breaks off', async () => {
    let runs = 0;
    const { send } = await serve(() => {
      runs += 1;
      return { ...fresh(''), body: runs === 1 ? halfOf() : trickle(3) };
    });
    const leader = send('/a').catch(() => undefined);
    await vi.waitFor(() => expect(runs).toBe(1));
    const others = await Promise.all(Array.from({ length: 20 }, () => send('/a')));
    expect((await leader)?.isComplete ?? false).toBe(false);
    expect(others.every((answer) => answer.isComplete && answer.body.byteLength === 3_000)).toBe(true);
    expect(runs).toBe(2);
  });

  it('are not stuck when the client of the leader goes away', async () => {
    const { send } = await serve(() => ({ ...fresh(''), body: trickle(20) }));
    const socket = connect(server?.port ?? 0, '127.0.0.1');
    socket.write(`GET /a HTTP/1.1\r\nHost: 127.0.0.1:${server?.port}\r\n\r\n`);
    await after(30);
    const waiting = send('/a');
    await after(10);
    socket.destroy();
    expect((await waiting).body.byteLength).toBe(20_000);
  });
});

describe('waiting', () => {
  it('is capped: who has waited too long asks for itself, and nobody waits for a leader that hangs', async () => {
    const clock = new FakeClock();
    await using cache = createCache({ clock });
    // Digests at once, so that nothing but this clock decides when things happen.
    const engine = createEngine({ cache, clock }, nodeDigest);
    const request = { method: 'GET', target: parseAbsoluteTarget('http://a/'), fields: [] };
    const exchange: Exchange = {
      request,
      isBypassed: () => false,
      enter: () => undefined,
      tagsOf: () => [],
      canRefresh: () => false,
    };
    expect((await engine.receive(exchange)).kind).toBe('forward');
    let verdict: Verdict | undefined;
    const waiter = Promise.resolve(engine.receive(exchange)).then((own) => (verdict = own));
    await clock.advance(9_999);
    expect(verdict).toBeUndefined();
    await clock.advance(2);
    await waiter;
    expect(verdict?.kind).toBe('forward');
    expect((await engine.receive(exchange)).kind).toBe('forward');
  });
});

async function* trickle(count: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i += 1) {
    await after(5);
    yield Buffer.alloc(1_000, i);
  }
}

async function* halfOf(): AsyncGenerator<Uint8Array | 'abort'> {
  yield Buffer.from('half');
  await after(50);
  yield 'abort';
}
