import { MAX_DELTA_SECONDS, parseDeltaSeconds } from './cache-control.ts';
import { type FieldLines, splitList, valuesOf } from './fields.ts';
import { parseHttpDate } from './http-date.ts';

/** RFC 9111 5.1: the first member counts; what is no number of seconds is 0. */
export const ageValue = (fields: FieldLines): number => {
  const first = valuesOf(fields, 'age')[0];
  return first === undefined ? 0 : parseDeltaSeconds(splitList(first)?.[0] ?? '');
};

/**
 * RFC 9111 4.2.3: how old a response is on receipt, in seconds: the greater of its Age and of its Date
 * against our clock. Never negative: a Date ahead of us is age 0.
 */
export const initialAge = (fields: FieldLines, receivedAtMs: number): number => {
  const date = valuesOf(fields, 'date')[0];
  const dateMs = date === undefined ? undefined : parseHttpDate(date, receivedAtMs);
  const apparent = dateMs === undefined ? 0 : Math.floor(Math.max(0, receivedAtMs - dateMs) / 1_000);
  return Math.min(Math.max(ageValue(fields), apparent), MAX_DELTA_SECONDS);
};

/** RFC 9111 4.2.3: current_age. A clock that stepped back adds nothing. */
export const currentAge = (initialAgeS: number, receivedAtMs: number, nowMs: number): number =>
  initialAgeS + Math.max(0, Math.floor((nowMs - receivedAtMs) / 1_000));
