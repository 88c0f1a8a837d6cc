import { fresh } from '../origin.ts';
import { type Attack, who } from './attack.ts';

const MALFORMED = [
  'private=',
  'private=""',
  'no-store=1',
  'max-age=60, private="x',
  'public; max-age=60, no-store;',
];

/** Requests that make the handler answer otherwise, and what the next visitor then gets. */
export const POISONING: readonly Attack[] = [
  ...['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'].map((name): Attack => ({
    threat: 1,
    name: `${name} on GET does not poison the GET`,
    origin: (r) => fresh(r.header(name) ?? 'page'),
    isSafe: async ({ send }) => {
      await send('/a', { headers: { [name]: 'DELETE' } });
      return (await send('/a')).text === 'page';
    },
  })),
  {
    threat: 1,
    name: 'content on GET does not poison the GET without it',
    origin: (r) => fresh(r.header('content-length') === undefined ? 'page' : 'poison'),
    isSafe: async ({ send }) => {
      await send('/a', { body: 'q=evil', headers: { 'Content-Length': '6' } });
      return (await send('/a')).text === 'page';
    },
  },
  ...['X-Forwarded-Host', 'X-Original-URL'].map((name): Attack => ({
    threat: 1,
    name: `${name} is part of the key where options name it`,
    options: { keyHeaders: [name] },
    origin: (r) => fresh(`<script src=//${r.header(name) ?? 'ours'}>`),
    isSafe: async ({ send }) => {
      await send('/a', { headers: { [name]: 'evil' } });
      return (await send('/a')).text.includes('ours');
    },
  })),
  {
    threat: 2,
    name: 'an error without freshness is not stored for those who caused none',
    options: { cacheControlMaxAge: 60, serverTtl: '1m' },
    origin: (r) => (r.header('x-oversized') === undefined ? fresh('page') : { status: 400, body: 'bad' }),
    isSafe: async ({ send }) => {
      await send('/a', { headers: { 'X-Oversized': 'x'.repeat(1_000) } });
      return (await send('/a')).status === 200;
    },
  },
  ...['X-Oversized', 'X-HTTP-Method-Override'].map((name): Attack => ({
    threat: 2,
    name: `an error that ${name} provokes takes no good entry's place`,
    options: { cacheControlMaxAge: 60, serverTtl: '1m' },
    origin: (r) => (r.header(name) === undefined ? fresh('page') : { status: 400, body: 'bad' }),
    isSafe: async ({ send }) => {
      await send('/a');
      await send('/a', { headers: { [name]: 'x'.repeat(1_000), 'Cache-Control': 'no-cache' } });
      return (await send('/a')).status === 200;
    },
  })),
  ...['/me/x.css', '/me%2fx.css', '/me;x.css'].map((path): Attack => ({
    threat: 3,
    name: `a private page is not kept because its path is ${path}`,
    options: { cacheControlMaxAge: 60 },
    origin: who,
    isSafe: async ({ send }) => {
      await send(path, { headers: { Cookie: 'session=alice' } });
      return (await send(path)).text === 'nobody';
    },
  })),
  ...MALFORMED.map((value): Attack => ({
    threat: 6,
    name: `a response under Cache-Control: ${value} is not shared`,
    origin: (r) => ({ headers: [['Cache-Control', value]], body: r.header('x-user') ?? 'nobody' }),
    isSafe: async ({ send }) => {
      await send('/a', { headers: { 'X-User': 'alice' } });
      return (await send('/a')).text === 'nobody';
    },
  })),
];
