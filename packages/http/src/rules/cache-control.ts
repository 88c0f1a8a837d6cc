import { isToken, splitList, trimSpace } from './fields.ts';

/**
 * The Cache-Control field, RFC 9111 5.2, read so that it fails closed: what cannot be parsed is never more
 * permissive than what could. A directive inside another's quoted string is no directive.
 */
export interface CacheControl {
  /** Arguments by lower-case name, in order; null: given without one. */
  readonly directives: ReadonlyMap<string, readonly (string | null)[]>;
  /** A member is no directive, or a quoted string does not end. */
  readonly malformed: boolean;
}

/** RFC 9111 1.2.2: a recipient that cannot hold a larger number takes this one. */
export const MAX_DELTA_SECONDS = 2_147_483_648;

const QUOTED = /^"(?:[^"\\]|\\.)*"$/s;
const NONE: CacheControl = { directives: new Map(), malformed: false };

/** All lines of the field, joined by commas; undefined: no such field. */
export const parseCacheControl = (combined: string | undefined): CacheControl => {
  if (combined === undefined) return NONE;
  const members = splitList(combined);
  // Where an unterminated quote was meant to end cannot be told, so nothing is permitted.
  if (!members) return { directives: new Map(), malformed: true };
  const directives = new Map<string, (string | null)[]>();
  let malformed = false;
  for (const member of members) {
    const directive = parseDirective(member);
    malformed ||= directive.malformed;
    const known = directives.get(directive.name);
    if (known) known.push(directive.argument);
    else directives.set(directive.name, [directive.argument]);
  }
  return { directives, malformed };
};

interface Directive {
  readonly name: string;
  readonly argument: string | null;
  readonly malformed: boolean;
}

/** RFC 9111 5.2: token [ "=" ( token / quoted-string ) ], no white space around "=". */
const parseDirective = (member: string): Directive => {
  const at = member.indexOf('=');
  const name = (at < 0 ? member : member.slice(0, at)).toLowerCase();
  if (at < 0) return { name, argument: null, malformed: !isToken(name) };
  const raw = member.slice(at + 1);
  const quoted = QUOTED.test(raw);
  const argument = quoted ? raw.slice(1, -1).replace(/\\(.)/gs, '$1') : raw;
  return { name: trimSpace(name), argument, malformed: !isToken(name) || !(quoted || isToken(raw)) };
};

export const hasDirective = (control: CacheControl, name: string): boolean => control.directives.has(name);

/**
 * RFC 9111 1.2.2: delta-seconds, digits only, clamped at 2^31. 0 for anything else (negative, decimal,
 * empty) and, by 4.2.1, for a directive that is given twice with different arguments: stale.
 * Undefined: not given.
 */
export const deltaSeconds = (control: CacheControl, name: string): number | undefined => {
  const given = control.directives.get(name);
  if (!given) return undefined;
  const seconds = given.map((argument) => parseDeltaSeconds(argument ?? ''));
  const first = seconds[0] ?? 0;
  return seconds.every((value) => value === first) ? first : 0;
};

export const parseDeltaSeconds = (text: string): number =>
  /^\d+$/.test(text) ? Math.min(Number(text), MAX_DELTA_SECONDS) : 0;

/**
 * RFC 9111 5.2.2.4: the fields that a qualified `no-cache="a, b"` names, in lower case. `'all'`: given
 * without a usable list, so it is about the whole response. Empty: not given.
 */
export const noCacheFields = (control: CacheControl): readonly string[] | 'all' => {
  const given = control.directives.get('no-cache');
  if (!given) return [];
  const names = given.map((argument) => (argument === null ? undefined : splitList(argument)));
  const lists = names.filter((list) => list !== undefined && list.length > 0 && list.every(isToken));
  return lists.length === given.length ? lists.flatMap((list) => list ?? []).map(lower) : 'all';
};

const lower = (text: string): string => text.toLowerCase();
