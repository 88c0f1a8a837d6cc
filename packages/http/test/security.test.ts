import { createCache } from '@keepsake/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Attack } from './attacks/attack.ts';
import { ENTRIES_AND_TIME } from './attacks/entries-and-time.ts';
import { IDENTITY } from './attacks/identity.ts';
import { KEYS_AND_BOUNDS } from './attacks/keys-and-bounds.ts';
import { MESSAGES } from './attacks/messages.ts';
import { POISONING } from './attacks/poisoning.ts';
import { withstands } from './attacks/target.ts';
import { send as sendTo, sendRaw } from './client.ts';
import { fresh } from './origin.ts';
import { ADAPTERS, start, type Subject } from './subjects.ts';

/** What a shared cache makes possible, by number. */
const THREATS = [
  'input that is not in the key',
  'denial of service by a poisoned error',
  'deception by a path',
  'cookies of others',
  'credentials of others',
  'Cache-Control that cannot be read',
  'Vary',
  'framing and fields of one connection',
  'CR, LF and NUL in fields',
  'ranges',
  'keys that collide',
  'memory without bound',
  'invalidation from outside',
  'authentication that a hit skips',
  'oracles',
  'entries that are not what they should be',
  'clocks',
] as const;

const ATTACKS: readonly Attack[] = [
  ...POISONING,
  ...IDENTITY,
  ...MESSAGES,
  ...KEYS_AND_BOUNDS,
  ...ENTRIES_AND_TIME,
];

const byThreat = THREATS.map((threat, i) => ({
  threat: `${i + 1}: ${threat}`,
  attacks: ATTACKS.filter((attack) => attack.threat === i + 1),
}));

describe.each(byThreat)('$threat', ({ attacks }) => {
  it('is attacked', () => {
    expect(attacks).not.toEqual([]);
  });

  describe.each(ADAPTERS)('%s', (adapter) => {
    it.each(attacks)('$name', async (attack) => {
      expect(await withstands(adapter, attack)).toBe(true);
    });
  });

  describe('a naive cache fails each, so each can fail', () => {
    it.each(attacks)('$name', async (attack) => {
      expect(await withstands('naive', attack)).toBe(false);
    });
  });
});

describe('keys of any two targets', () => {
  const text = (unit: readonly string[], maxLength: number) =>
    fc.array(fc.constantFrom(...unit), { maxLength }).map((parts) => parts.join(''));
  const target = fc.record({
    host: fc.constantFrom('a.example', 'b.example', 'a.example:8080'),
    path: text(['/', 'a', 'A', 'b', ':', ';', '%2F', '%2f', '%61'], 4).map((rest) => `/${rest}`),
    query: fc.option(text(['a', 'A', '=', '&', '?', '/', '1', '%26'], 4)),
  });
  type Target = typeof target extends fc.Arbitrary<infer T> ? T : never;
  const urlOf = ({ path, query }: Target): string => (query === null ? path : `${path}?${query}`);
  const textOf = (one: Target): string => one.host + urlOf(one);

  /** A service that says what it was asked for; each of the two is asked for twice. */
  const eachHearsItsOwn = async (subject: Subject, numRuns: number) => {
    await using cache = createCache();
    const echo = (r: Parameters<Attack['origin']>[0]) => fresh(`${r.header('host')}${r.url}`);
    await using server = await start(subject, echo, { cache });
    const isOwn = async (one: Target): Promise<boolean> =>
      (await sendTo(server.port, urlOf(one), { headers: { Host: one.host } })).text === textOf(one);
    const property = fc.asyncProperty(target, target, async (a, b) => {
      fc.pre(textOf(a) !== textOf(b));
      for (const one of [a, b, a, b]) if (!(await isOwn(one))) return false;
      return true;
    });
    return await fc.check(property, { numRuns });
  };

  it.each(ADAPTERS)('%s: distinct ones never answer for each other', async (adapter) => {
    const { failed, counterexample, numRuns } = await eachHearsItsOwn(adapter, 100);
    expect({ failed, counterexample, numRuns }).toEqual({
      failed: false,
      counterexample: null,
      numRuns: 100,
    });
  });

  it('a naive cache fails it', async () => {
    expect((await eachHearsItsOwn('naive', 300)).failed).toBe(true);
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

describe('authentication inside of the cache', () => {
  it('is skipped by a hit, as the docs say', async () => {
    const { httpCache } = await import('@keepsake/http');
    await using cache = createCache();
    const handle = httpCache({ cache })((request: Request) =>
      request.headers.has('x-api-key')
        ? new Response('secret', { headers: { 'Cache-Control': 'max-age=60' } })
        : new Response(null, { status: 401 }),
    );
    await handle(new Request('http://a/', { headers: { 'X-Api-Key': '1' } }));
    expect((await handle(new Request('http://a/'))).status).toBe(200);
  });
});
