import type { Case } from '../case.ts';
import { HEURISTIC, REQUEST_DIRECTIVES, RESPONSE_DIRECTIVES, STALE } from './directives.ts';
import { CACHE_STATUS, COLLAPSE, GROUPS, INTERIM, INVALIDATION, METHODS, RANGES } from './effects.ts';
import { AGE, DATES, EXPIRES, FRESHNESS, PARSING } from './freshness.ts';
import { CONDITIONAL, VARY } from './selection.ts';
import { AUTHORIZATION, STATUS, STORED_HEADERS, TARGETED, UPDATING } from './storing.ts';

export const CASES: readonly Case[] = [
  ...FRESHNESS,
  ...PARSING,
  ...AGE,
  ...EXPIRES,
  ...DATES,
  ...RESPONSE_DIRECTIVES,
  ...STALE,
  ...HEURISTIC,
  ...REQUEST_DIRECTIVES,
  ...METHODS,
  ...STATUS,
  ...VARY,
  ...CONDITIONAL,
  ...UPDATING,
  ...STORED_HEADERS,
  ...INVALIDATION,
  ...RANGES,
  ...AUTHORIZATION,
  ...TARGETED,
  ...INTERIM,
  ...CACHE_STATUS,
  ...GROUPS,
  ...COLLAPSE,
];
