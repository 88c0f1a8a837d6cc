/** The races by name. Each is a check of a subject: right for the cache, and it must fail the naive one. */
import fc, { type IAsyncProperty } from 'fast-check';
import { planOf, race, type RaceKind } from './race.ts';
import { callers, singleFlight } from './single-flight.ts';
import { type Layout, subjectNamed } from './subjects.ts';

export interface Scenario {
  readonly name: string;
  property(subject: string): IAsyncProperty<unknown>;
}

const raced = (name: string, kind: RaceKind): Scenario => ({
  name,
  property: (subject) => {
    const make = subjectNamed(subject);
    return fc.asyncProperty(planOf(kind), fc.scheduler(), (plan, s) => race(make, kind, plan, s));
  },
});

const flown = (name: string, layout: Layout): Scenario => ({
  name,
  property: (subject) => {
    const make = subjectNamed(subject);
    return fc.asyncProperty(callers, fc.scheduler(), (list, s) => singleFlight(make, layout, list, s));
  },
});

const memory = { layout: 'memory', nodes: 1, reads: ['getOrSet', 'getOrSet', 'get'] } as const;
const tiers = { layout: 'tiers', nodes: 1, reads: ['getOrSet', 'getOrSet', 'get', 'getOrSetMany'] } as const;

export const SCENARIOS: readonly Scenario[] = [
  flown('one load for callers who come and leave', 'memory'),
  flown('one load for callers who come and leave, over two tiers', 'tiers'),
  raced('a refresh behind a stale value against a delete', {
    ...memory,
    stale: true,
    writes: ['delete'],
  }),
  raced('a refresh over two tiers against a delete, a set and a clear', {
    ...tiers,
    stale: true,
    writes: ['delete', 'set', 'clear'],
  }),
  raced('getOrSetMany against a set of one of its keys', {
    ...memory,
    reads: ['getOrSetMany', 'getOrSetMany', 'getOrSet', 'get'],
    writes: ['set'],
  }),
  raced('joining a load against an invalidation', { ...memory, writes: ['delete', 'tags'] }),
  raced('tags that a loader adds after their invalidation', { ...memory, lateTags: true, writes: ['tags'] }),
  raced('a set during the load', { ...memory, writes: ['set'] }),
  raced('a clear during the load', { ...memory, writes: ['clear'] }),
  raced('an expire during the load', { ...memory, writes: ['expire'] }),
  raced('a fill under the fence of a miss', {
    ...memory,
    reads: ['fill', 'fill', 'getOrSet', 'get'],
    writes: ['delete', 'set', 'tags'],
  }),
  raced('a delete against the copy from the far tier', { ...tiers, writes: ['delete'] }),
  raced('all writes over two tiers', {
    ...tiers,
    reads: [...tiers.reads, 'fill'],
    writes: ['delete', 'set', 'expire', 'clear', 'tags'],
  }),
  raced('late tags over two tiers', { ...tiers, lateTags: true, writes: ['tags', 'delete'] }),
  raced('all writes on the far tier alone', {
    ...tiers,
    layout: 'far',
    writes: ['delete', 'set', 'expire', 'clear', 'tags'],
  }),
  raced('two processes on one store', {
    ...tiers,
    nodes: 2,
    reads: [...tiers.reads, 'fill', 'pass'],
    writes: ['delete', 'set', 'clear', 'tags'],
  }),
  raced('two processes on one store, stale values refreshed behind', {
    ...tiers,
    nodes: 2,
    stale: true,
    reads: [...tiers.reads, 'pass'],
    writes: ['delete', 'set', 'tags'],
  }),
];
