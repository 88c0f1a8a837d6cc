import { fresh, type Origin } from '../origin.ts';
import { type Attack, page } from './attack.ts';
import type { Entry } from '../entry.ts';

const EVIL = new TextEncoder().encode('evil');

/** What lies in the store is another's, an older version's, or broken; `change` is given an entry with other content. */
const spoilt = (what: string, change: (entry: Entry) => unknown): Attack => ({
  threat: 16,
  name: `an entry that is ${what} is a miss`,
  origin: page,
  isSafe: async ({ send, stored, tamper, runs }) => {
    await send('/a');
    await stored(1);
    await tamper((entries) => entries.map((entry) => change({ ...entry, body: EVIL })));
    const answers = [await send('/a'), await send('/a')];
    const isPolluted = 'polluted' in {};
    return (
      !isPolluted && runs() === 2 && answers.every(({ status, text }) => status === 200 && text === 'page')
    );
  },
});

const without = (entry: Entry, name: string): object =>
  Object.fromEntries(Object.entries(entry).filter(([own]) => own !== name));

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** When the clock of the tests begins. */
const START_MS = Date.UTC(2026, 0, 1);

const dated = (offsetMs: number): Origin => {
  const date = new Date(START_MS + offsetMs).toUTCString();
  return () => fresh('page', ['Date', date]);
};

/** Fresh for a minute, whatever the clocks do. */
const timed = (what: string, origin: Origin, meanwhile: Attack['isSafe']): Attack => ({
  threat: 17,
  name: `${what} gives no negative age and no endless life`,
  origin,
  isSafe: async (target) => {
    await target.send('/a');
    // Time must not move while it is being written.
    await target.stored(1);
    if (!(await meanwhile(target))) return false;
    await target.pass(MINUTE_MS);
    return !(await target.send('/a')).isHit;
  },
});

/** Attacks by what lies in the store, and by what time it is. */
export const ENTRIES_AND_TIME: readonly Attack[] = [
  spoilt('nothing', () => null),
  spoilt('a text', () => 'evil'),
  spoilt('a list', (entry) => [entry]),
  spoilt('of another version', (entry) => ({ ...entry, format: 1 })),
  spoilt('of another key', (entry) => ({ ...entry, tuple: '["GET"]' })),
  spoilt('without its key', (entry) => without(entry, 'tuple')),
  spoilt('without its status', (entry) => without(entry, 'status')),
  spoilt('of a status that is none', (entry) => ({ ...entry, status: 999 })),
  spoilt('with a body of text', (entry) => ({ ...entry, body: 'evil' })),
  spoilt('with a lifetime that is no number', (entry) => ({ ...entry, lifetimeS: '60' })),
  spoilt('inherited from a prototype', (entry) => Object.create(entry) as unknown),
  spoilt('of fields that pollute prototypes', (entry) => ({
    ...without(entry, 'kind'),
    ...(JSON.parse('{"constructor":{"prototype":{"polluted":1}}}') as object),
    ['__proto__']: { kind: 'response', polluted: 1 },
  })),
  timed('a Date far ahead', dated(DAY_MS), async () => true),
  timed('a wall clock that steps back', dated(0), async ({ send, stepWall }) => {
    stepWall(-DAY_MS);
    const { isHit, header } = await send('/a');
    return isHit && header('age') === '0';
  }),
];
