import { fresh } from '../origin.ts';
import { type Attack, page } from './attack.ts';

const twoUrls = (name: string, first: string, second: string): Attack => ({
  threat: 11,
  name: `${name} are two resources`,
  origin: (r) => fresh(r.url),
  isSafe: async ({ send }) => {
    await send(first);
    return (await send(second)).text === second;
  },
});

const MOST = 50;

/** Attacks on what is told apart, on how much is kept, and on what may be emptied from outside. */
export const KEYS_AND_BOUNDS: readonly Attack[] = [
  twoUrls('/x and //x', '/x', '//x'),
  twoUrls('/x/y and /x%2Fy', '/x/y', '/x%2Fy'),
  twoUrls('/x and /x?', '/x', '/x?'),
  twoUrls('/x and /X', '/x', '/X'),
  {
    threat: 11,
    name: 'two hosts are two origins',
    origin: (r) => fresh(r.header('host') ?? ''),
    isSafe: async ({ send }) => {
      await send('/a', { headers: { Host: 'evil.example' } });
      return (await send('/a', { headers: { Host: 'good.example' } })).text === 'good.example';
    },
  },
  {
    threat: 11,
    name: 'values of fields that join to the same are two variants',
    origin: (r) => fresh(`${r.header('x-a')}|${r.header('x-b')}`, ['Vary', 'X-A, X-B']),
    isSafe: async ({ send }) => {
      for (let i = 0; i < 2; i += 1) await send('/a', { headers: { 'X-A': 'a:b', 'X-B': 'c' } });
      return (await send('/a', { headers: { 'X-A': 'a', 'X-B': 'b:c' } })).text === 'a|b:c';
    },
  },
  {
    threat: 11,
    name: "an entry that lies at another's key does not answer for it",
    origin: (r) => fresh(r.url),
    isSafe: async ({ send, stored, tamper }) => {
      await send('/a');
      await send('/b');
      await stored(2);
      await tamper((entries) => [...entries].reverse());
      return (await send('/a')).text === '/a' && (await send('/b')).text === '/b';
    },
  },
  {
    threat: 12,
    name: 'distinct query strings leave no more entries than are allowed',
    cache: { l1: { maxEntries: MOST } },
    origin: page,
    isSafe: async ({ send, holdsAtMost }) => {
      for (let i = 0; i < MOST * 4; i += 1) await send(`/a?${i}`);
      return holdsAtMost(MOST);
    },
  },
  {
    threat: 13,
    name: 'a write cannot empty the cache of another origin by its Location',
    origin: (r) =>
      r.method === 'POST'
        ? { status: 201, headers: [['Location', `http://${r.header('x-victim')}/b`]] }
        : fresh('page'),
    isSafe: async ({ send }) => {
      await send('/b', { headers: { Host: 'victim.example' } });
      await send('/a', { method: 'POST', headers: { Host: 'other.example', 'X-Victim': 'victim.example' } });
      return (await send('/b', { headers: { Host: 'victim.example' } })).isHit;
    },
  },
  {
    threat: 13,
    name: 'PURGE from outside removes nothing unless the handler says so',
    origin: (r) => (r.method === 'PURGE' ? { status: 405 } : fresh('page')),
    isSafe: async ({ send }) => {
      await send('/a');
      await send('/a', { method: 'PURGE' });
      return (await send('/a')).isHit;
    },
  },
  {
    threat: 13,
    name: 'a GET cannot empty a group',
    origin: (r) =>
      r.url === '/evil'
        ? {
            headers: [
              ['Cache-Control', 'no-store'],
              ['Cache-Group-Invalidation', '"albums"'],
            ],
            body: '',
          }
        : fresh('page', ['Cache-Groups', '"albums"']),
    isSafe: async ({ send }) => {
      await send('/b');
      await send('/evil');
      return (await send('/b')).isHit;
    },
  },
];
