import { fresh, type Origin, type OriginRequest } from '../origin.ts';
import { sendRaw } from '../client.ts';
import { type Attack, page, type Target } from './attack.ts';

/** As a handler hears it that passes requests on (RFC 9110 7.6.1). */
const passedOn = (r: OriginRequest, name: string): string | undefined =>
  r.header('connection')?.toLowerCase().includes(name) === true ? undefined : r.header(name);

const rawHit = async ({ send, port }: Target): Promise<string> => {
  await send('/a');
  return sendRaw(port, `GET /a HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`);
};

async function* pageInOneChunk(): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode('page');
}

/** A form of the field line that no message may have. */
const badLine = (what: string, name: string, value: string): Attack => ({
  threat: 9,
  name: `a stored field with ${what} is not sent`,
  origin: page,
  isSafe: async ({ send, stored, tamper }) => {
    await send('/a');
    await stored(1);
    await tamper((entries) =>
      entries.map((entry) => ({ ...entry, fields: [...entry.fields, [name, value]] })),
    );
    const { status, text, all } = await send('/a');
    return status === 200 && text === 'page' && all('x-b').length === 0;
  },
});

const BODY = 'x'.repeat(10_000);

const ranges = (what: string, value: string): Attack => ({
  threat: 10,
  name: `${what} give no more than the whole`,
  origin: () => fresh(BODY),
  isSafe: async ({ send }) => {
    await send('/a');
    const { body } = await send('/a', { headers: { Range: `bytes=${value}` } });
    return body.length <= BODY.length;
  },
});

const list = (count: number, member: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => member(i)).join(',');

const unlessValidating =
  (first: Origin, validated: readonly (readonly [string, string])[]): Origin =>
  (r) =>
    r.header('if-none-match') === undefined ? first(r) : { status: 304, headers: validated };

/** Attacks by the form of messages: Vary, framing, characters, ranges. */
export const MESSAGES: readonly Attack[] = [
  {
    threat: 7,
    name: 'Vary: * on a second line is obeyed',
    origin: (r) => fresh(r.header('x-user') ?? 'nobody', ['Vary', 'Accept'], ['Vary', '*']),
    isSafe: async ({ send }) => {
      await send('/a', { headers: { 'X-User': 'alice' } });
      return (await send('/a')).text === 'nobody';
    },
  },
  {
    threat: 7,
    name: 'Vary: * that a 304 adds is obeyed',
    origin: unlessValidating(
      () => ({
        headers: [
          ['Cache-Control', 'max-age=0'],
          ['ETag', '"1"'],
        ],
        body: 'page',
      }),
      [
        ['Cache-Control', 'max-age=60'],
        ['ETag', '"1"'],
        ['Vary', '*'],
      ],
    ),
    isSafe: async ({ send, runs }) => {
      for (let i = 0; i < 3; i += 1) await send('/a');
      return runs() === 3;
    },
  },
  {
    threat: 7,
    name: 'a Vary that changes is obeyed',
    origin: (r) =>
      fresh(r.header('x-user') ?? 'nobody', ['Vary', r.header('accept') === 'a' ? 'Accept' : 'X-User']),
    isSafe: async ({ send }) => {
      await send('/a', { headers: { Accept: 'a' } });
      await send('/a', { headers: { Accept: 'b', 'X-User': 'alice' } });
      return (await send('/a', { headers: { Accept: 'b' } })).text === 'nobody';
    },
  },
  {
    threat: 7,
    name: 'a URL has no more variants than it may',
    options: { maxVariants: 4 },
    origin: (r) => fresh(r.header('x-a') ?? '', ['Vary', 'X-A']),
    isSafe: async ({ send, holdsAtMost }) => {
      for (let i = 0; i < 60; i += 1) await send('/a', { headers: { 'X-A': String(i) } });
      // What the URL varies by, and the list of its variants, lie beside them.
      return holdsAtMost(4 + 2);
    },
  },
  {
    threat: 8,
    name: 'fields of one connection are not replayed on another',
    origin: () =>
      fresh(
        'page',
        ['Connection', 'X-Hop'],
        ['X-Hop', 'secret'],
        ['Proxy-Authenticate', 'Basic'],
        ['Keep-Alive', 'timeout=999'],
      ),
    isSafe: async (target) => {
      const raw = await rawHit(target);
      return /;\s*hit/.test(raw) && !/x-hop|proxy-authenticate|timeout=999/i.test(raw);
    },
  },
  {
    threat: 8,
    name: 'a chunked response is replayed with one length and no Transfer-Encoding',
    origin: () => ({ ...fresh('', ['Transfer-Encoding', 'chunked']), body: pageInOneChunk() }),
    isSafe: async ({ send }) => {
      await send('/a');
      const { isHit, all } = await send('/a');
      return isHit && all('transfer-encoding').length === 0 && all('content-length').join() === '4';
    },
  },
  {
    threat: 8,
    name: 'a field that Connection names, and a proxy behind has taken off, chose nothing',
    origin: (r) => fresh(passedOn(r, 'accept-language') ?? 'any', ['Vary', 'Accept-Language']),
    isSafe: async ({ send }) => {
      const german = { 'Accept-Language': 'de' };
      await send('/a', { headers: { ...german, Connection: 'close, Accept-Language' } });
      return (await send('/a', { headers: german })).text === 'de';
    },
  },
  {
    threat: 8,
    name: 'a Host that Connection names, and a proxy behind has taken off, is not that of the response',
    origin: (r) => fresh(passedOn(r, 'host') ?? 'inside.example'),
    isSafe: async ({ send }) => {
      await send('/a', { headers: { Host: 'a.example', Connection: 'close, Host' } });
      return (await send('/a', { headers: { Host: 'a.example' } })).text === 'a.example';
    },
  },
  badLine('CR LF in its value', 'X-A', 'a\r\nX-B: b'),
  badLine('LF in its name', 'X-A\nX-B', 'b'),
  badLine('NUL in its value', 'X-A', '\0'),
  {
    threat: 9,
    name: 'a handler that fails at CR LF in a value leaves nothing behind',
    origin: (r) => fresh('page', ['X-Name', decodeURIComponent(r.header('x-name') ?? 'ann')]),
    isSafe: async ({ send }) => {
      await send('/a', { headers: { 'X-Name': 'ann%0d%0aX-B: b' } }).catch(() => undefined);
      const { status, text, all } = await send('/a');
      return status === 200 && text === 'page' && all('x-b').length === 0;
    },
  },
  ranges(
    '500 ranges',
    list(500, (i) => `${i * 2}-${i * 2}00`),
  ),
  ranges(
    'ranges that overlap',
    list(8, (i) => `${i}-`),
  ),
  ranges(
    'many huge suffixes',
    list(500, () => '-99999999999'),
  ),
];
