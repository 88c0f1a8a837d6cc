import { errorType } from '../diagnostics/error-type.ts';
import type { AnyEvent } from '../diagnostics/listen-to-events.ts';
import { printable } from './printable.ts';

/** What was done and how it went, for events whose own name reads worse; an unknown one is split at its dot. */
const WORDS: Readonly<Record<string, readonly [verb: string, outcome: string]>> = {
  'entry.hit': ['get', 'hit'],
  'entry.missed': ['get', 'miss'],
  'entry.stored': ['set', 'stored'],
  'entry.deleted': ['delete', 'deleted'],
  'entry.expired': ['expire', 'expired'],
  'entry.evicted': ['evict', 'evicted'],
  'entry.rejected': ['set', 'rejected'],
  'tag.invalidated': ['invalidate', 'tags'],
};

/** Fields that are told elsewhere in the line. */
const BASE_FIELDS = new Set(['cache', 'namespace', 'key', 'atMs']);

/** Fields whose value says enough without their name. */
const SELF_EXPLAINING = new Set(['tier', 'reason', 'kind', 'state', 'operation', 'tags']);

/** The tags that a line shows; the rest is a number. */
const MAX_LISTED = 5;

/**
 * One line for an event, such as `12:03:44.120 photos get user:7 miss (expired)`. Time is UTC. What comes from
 * outside is made printable; errors are named by code or class; an object is never shown.
 */
export const eventLine = (name: string, event: AnyEvent): string => {
  const [noun = name, outcome = ''] = name.split('.', 2);
  const [verb, result] = WORDS[name] ?? [noun, outcome];
  const subject = event.key === undefined ? [] : [printable(event.key)];
  const details = Object.entries(event)
    .filter(([field]) => !BASE_FIELDS.has(field))
    .flatMap(([field, value]) => detail(field, value));
  const words = [timeOfDay(event.atMs), printable(event.cache), verb, ...subject, result];
  return `${words.join(' ')}${details.length === 0 ? '' : ` (${details.join(', ')})`}`;
};

const timeOfDay = (atMs: number): string => {
  const at = new Date(atMs);
  return Number.isNaN(at.getTime()) ? '--:--:--.---' : at.toISOString().slice(11, 23);
};

const detail = (field: string, value: unknown): string[] => {
  if (field === 'error') return [printable(errorType(value))];
  if (field.endsWith('Ms') && typeof value === 'number') {
    const time = Number.isFinite(value) ? `${Number(value.toFixed(1))} ms` : 'forever';
    return [field === 'durationMs' ? time : `${printable(field.slice(0, -2))} ${time}`];
  }
  switch (typeof value) {
    case 'boolean':
      return value ? [printable(field)] : [];
    case 'number':
      return [`${printable(field)} ${value}`];
    case 'string':
      return [SELF_EXPLAINING.has(field) ? printable(value) : `${printable(field)} ${printable(value)}`];
    case 'object':
      return Array.isArray(value) ? list(field, value) : [];
    default:
      return [];
  }
};

const list = (field: string, values: readonly unknown[]): string[] => {
  const texts = values.filter((value) => typeof value === 'string');
  const shown = texts.slice(0, MAX_LISTED).map(printable);
  if (texts.length > MAX_LISTED) shown.push(`${texts.length - MAX_LISTED} more`);
  return SELF_EXPLAINING.has(field) || shown.length === 0
    ? shown
    : [`${printable(field)} ${shown.join(' ')}`];
};
