import { setTimeout as after } from 'node:timers/promises';
import { fresh, type OriginResponse } from '../origin.ts';
import { type Attack, page, who } from './attack.ts';

const BEHIND = 'max-age=0, stale-while-revalidate=60';
/** What runs behind a response has no end that anyone could wait for. */
const BEHIND_MS = 100;

const alice = { 'X-User': 'alice' };
/** Of Alice only. */
const cookieFor = (user: string | undefined): [string, string][] =>
  user === undefined ? [] : [['Set-Cookie', `session=${user}`]];

/** Attacks on who is who: cookies, credentials, what one may learn of another. */
export const IDENTITY: readonly Attack[] = [
  {
    threat: 4,
    name: 'a cookie is not given to others',
    options: { cacheControlMaxAge: 60 },
    origin: (r) => fresh('page', ...cookieFor(r.header('x-user'))),
    isSafe: async ({ send }) => {
      await send('/a', { headers: alice });
      return (await send('/a')).all('set-cookie').length === 0;
    },
  },
  {
    threat: 4,
    name: 'a cookie that comes with a 304 is not given to others',
    origin: (r) =>
      r.header('if-none-match') === undefined
        ? {
            headers: [
              ['Cache-Control', 'max-age=0'],
              ['ETag', '"1"'],
            ],
            body: 'page',
          }
        : {
            status: 304,
            headers: [['Cache-Control', 'max-age=60'], ['ETag', '"1"'], ...cookieFor(r.header('x-user'))],
          },
    isSafe: async ({ send }) => {
      await send('/a');
      await send('/a', { headers: alice });
      const { text, all } = await send('/a');
      return text === 'page' && all('set-cookie').length === 0;
    },
  },
  {
    threat: 4,
    name: 'a cookie that comes with a refresh behind is not given to others',
    origin: (r) => {
      const user = r.header('x-user');
      const control = user === undefined ? BEHIND : 'max-age=60';
      return { headers: [['Cache-Control', control], ...cookieFor(user)], body: 'page' };
    },
    isSafe: async ({ send }) => {
      await send('/a');
      await send('/a', { headers: alice });
      await after(BEHIND_MS);
      const { text, all } = await send('/a');
      return text === 'page' && all('set-cookie').length === 0;
    },
  },
  {
    threat: 5,
    name: "a response to one user's Authorization is not given to another",
    options: { cacheControlMaxAge: 60, serverTtl: '1m' },
    origin: (r) => fresh(r.header('authorization') ?? 'nobody'),
    isSafe: async ({ send }) => {
      await send('/a', { headers: { Authorization: 'Bearer alice' } });
      return (await send('/a', { headers: { Authorization: 'Bearer bob' } })).text === 'Bearer bob';
    },
  },
  {
    threat: 5,
    name: 'what nobody in particular got is not given to who authenticates',
    origin: (r) => fresh(r.header('authorization') ?? 'nobody'),
    isSafe: async ({ send }) => {
      await send('/a');
      return (await send('/a', { headers: { Authorization: 'Bearer bob' } })).text === 'Bearer bob';
    },
  },
  {
    threat: 5,
    name: 'a default lifetime neither stores nor reuses what may depend on a cookie',
    options: { cacheControlMaxAge: 60, serverTtl: '1m' },
    origin: who,
    isSafe: async ({ send }) => {
      await send('/a', { headers: { Cookie: 'session=alice' } });
      const anonymous = (await send('/a')).text;
      const bob = (await send('/a', { headers: { Cookie: 'session=bob' } })).text;
      return anonymous === 'nobody' && bob === 'session=bob';
    },
  },
  ...(['Authorization', 'Cookie'] as const).map((name): Attack => ({
    threat: 5,
    name: `a refresh behind a request with ${name} does not land in the entry of others`,
    options: { cacheControlMaxAge: 60, serverTtl: '1m' },
    origin: (r): OriginResponse => {
      const user = r.header(name);
      const control: [string, string][] = user === undefined ? [['Cache-Control', BEHIND]] : [];
      return { headers: control, body: user ?? 'nobody' };
    },
    isSafe: async ({ send }) => {
      await send('/a');
      await send('/a', { headers: { [name]: 'alice' } });
      await after(BEHIND_MS);
      return (await send('/a')).text === 'nobody';
    },
  })),
  {
    threat: 14,
    name: 'a hit does not skip the authentication that stands before it',
    guard: (header) => header('x-api-key') === 'alice',
    origin: page,
    isSafe: async ({ send }) => {
      const known = await send('/a', { headers: { 'X-Api-Key': 'alice' } });
      const unknown = await send('/a');
      const again = await send('/a', { headers: { 'X-Api-Key': 'alice' } });
      return known.text === 'page' && unknown.status === 401 && again.isHit;
    },
  },
  {
    threat: 15,
    name: "an entity tag is not confirmed from another user's entry",
    origin: (r) =>
      r.header('cookie') === undefined
        ? fresh('nobody', ['ETag', '"nobody"'])
        : {
            headers: [
              ['Cache-Control', 'private, max-age=60'],
              ['ETag', '"alice"'],
            ],
            body: 'alice',
          },
    isSafe: async ({ send }) => {
      await send('/a', { headers: { Cookie: 'session=alice' } });
      const guessed = await send('/a', { headers: { 'If-None-Match': '"alice"' } });
      return guessed.status === 200 && guessed.text === 'nobody';
    },
  },
  {
    threat: 15,
    name: 'Cache-Status tells neither key nor detail',
    origin: page,
    isSafe: async ({ send }) => {
      await send('/a?token=1');
      const { isHit, all } = await send('/a?token=1');
      return isHit && !/key|detail|token/.test(all('cache-status').join());
    },
  },
];
