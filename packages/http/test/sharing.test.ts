import { createCache } from '@keepsake/core';
import { describe, expect, it } from 'vitest';
import { send } from './client.ts';
import { ADAPTERS, start, type Subject, type SubjectOptions } from './subjects.ts';

/** What a handler may say without saying that others may have the page. */
const SAYS_NOTHING_OF_SHARING: readonly (readonly (readonly [string, string])[])[] = [
  [],
  [['Cache-Control', 'max-age=0']],
  [['Cache-Control', 'public, max-age=0']],
  [['Cache-Control', 'max-age=abc']],
  [['Cache-Control', 'max-age=60, max-age=0']],
  [['Cache-Control', 'max-age=0, must-revalidate']],
  [['Cache-Control', 's-maxage=0']],
  [['Cache-Control', 'no-cache']],
  [['Cache-Control', 'private, max-age=60']],
  [
    ['Cache-Control', 'max-age=5'],
    ['Age', '10'],
  ],
  [['Expires', '0']],
  [['Expires', 'Thu, 19 Nov 1981 08:52:00 GMT']],
  [['Pragma', 'no-cache']],
];
const CREDENTIALS = ['Cookie', 'Authorization'] as const;
const TABLE = SAYS_NOTHING_OF_SHARING.flatMap((headers) =>
  CREDENTIALS.map((credential) => ({ headers, credential, text: JSON.stringify(headers) })),
);

type Row = Pick<(typeof TABLE)[number], 'headers' | 'credential'>;

/** What each reads, in the order in which they ask. */
const visits = async (
  subject: Subject,
  { headers, credential }: Row,
  visitors: readonly string[],
  options: Partial<SubjectOptions> = { serverTtl: 60, cacheControlMaxAge: 60 },
): Promise<string[]> => {
  await using cache = createCache();
  const page = (of: string | undefined) => ({ headers, body: of ?? 'nobody' });
  await using server = await start(subject, (r) => page(r.header(credential)), { cache, ...options });
  const read: string[] = [];
  for (const visitor of visitors) {
    const sent = visitor === 'nobody' ? {} : { headers: { [credential]: visitor } };
    read.push((await send(server.port, '/me', sent)).text);
  }
  return read;
};

const ALICE_FIRST = ['alice', 'bob', 'nobody', 'alice'];
const NOBODY_FIRST = ['nobody', 'bob', 'nobody', 'alice'];

describe.each(ADAPTERS)('%s: serverTtl shares nothing that the handler did not', (subject) => {
  it.each(TABLE)('$text, $credential: each reads the own page', async (row) => {
    expect(await visits(subject, row, ALICE_FIRST)).toEqual(ALICE_FIRST);
    expect(await visits(subject, row, NOBODY_FIRST)).toEqual(NOBODY_FIRST);
  });

  it.each<[string, (typeof CREDENTIALS)[number], Partial<SubjectOptions>]>([
    ['max-age=5', 'Cookie', { serverTtl: 60 }],
    ['public, max-age=5', 'Authorization', { serverTtl: 60 }],
    ['s-maxage=5', 'Authorization', { serverTtl: 60 }],
    ['max-age=60, must-revalidate', 'Authorization', {}],
  ])('%s lets others with %s have it', async (value, credential, options) => {
    const row: Row = { headers: [['Cache-Control', value]], credential };
    expect(await visits(subject, row, ['alice', 'bob'], options)).toEqual(['alice', 'alice']);
  });

  it.each(['strip', 'store'] as const)(
    "with setCookie '%s' a new session's page is its own",
    async (setCookie) => {
      await using cache = createCache();
      let sessions = 0;
      const page = () => {
        const session = `session=${(sessions += 1)}`;
        return { headers: [['Set-Cookie', session] as const], body: session };
      };
      await using server = await start(subject, page, { cache, serverTtl: 60, setCookie });
      expect((await send(server.port, '/')).text).toBe('session=1');
      const second = await send(server.port, '/');
      expect([second.text, second.all('set-cookie')]).toEqual(['session=2', ['session=2']]);
    },
  );
});

describe('a naive cache fails each of them, so each can fail', () => {
  it.each(TABLE)('$text, $credential', async (row) => {
    expect(await visits('naive', row, ALICE_FIRST)).not.toEqual(ALICE_FIRST);
    expect(await visits('naive', row, NOBODY_FIRST)).not.toEqual(NOBODY_FIRST);
  });
});
