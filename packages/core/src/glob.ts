/**
 * Glob patterns with the semantics of Redis SCAN MATCH, byte for byte: `*`, `?` (one byte of UTF-8),
 * `[a-z]`, `[^a]`, `\` as escape; everything else, braces and newlines included, stands for itself.
 *
 * Idea: every token but `*` matches exactly one byte, so one remembered `*` is enough to backtrack to:
 * O(pattern x key) at worst, no recursion, no RegExp. Odd corners follow the server (util.c,
 * stringmatchlen): an unclosed `[` ends the pattern, reversed ranges swap, a trailing `\` is literal,
 * `[]` matches nothing and `[^]` any byte, and the bounds of a range compare as signed bytes.
 */
import { refuse } from './check.ts';
import { CacheError } from './errors.ts';

/** The longest pattern, in bytes of UTF-8. */
export const MAX_PATTERN_BYTES = 256;

const ANY = 256;
const STAR = 257;
/** Tokens from here on are indexes into the classes of a pattern. */
const CLASS = 258;

const encoder = new TextEncoder();
const code = (char: string): number => char.charCodeAt(0);
const [BACKSLASH, OPEN, CLOSE, CARET, DASH, ASTERISK, QUESTION] = ['\\', '[', ']', '^', '-', '*', '?'].map(
  code,
) as [number, number, number, number, number, number, number];

interface Program {
  readonly tokens: readonly number[];
  readonly classes: readonly Uint8Array[];
}

/**
 * A test whether a key matches `pattern`. `'any length'`: for a pattern that was checked before a namespace
 * was put in front of it.
 *
 * @throws CacheError ERR_PATTERN for a pattern over 256 bytes or one that is no string.
 */
export const compileGlob = (pattern: string, limit?: 'any length'): ((key: string) => boolean) => {
  if (typeof pattern !== 'string') return refuse('pattern', 'a string', 'ERR_PATTERN');
  if (pattern === '*') return () => true;
  const bytes = encoder.encode(pattern);
  if (bytes.length > MAX_PATTERN_BYTES && limit === undefined) {
    throw new CacheError(
      'ERR_PATTERN',
      `pattern: ${bytes.length} bytes, the longest is ${MAX_PATTERN_BYTES}`,
    );
  }
  const program = compile(bytes);
  return (key) => run(program, encoder.encode(key));
};

/** `text` as a pattern that matches itself only. */
export const escapeGlob = (text: string): string => text.replace(/[*?[\]\\^-]/g, '\\$&');

const compile = (pattern: Uint8Array): Program => {
  const tokens: number[] = [];
  const classes: Uint8Array[] = [];
  for (let i = 0; i < pattern.length;) {
    const byte = pattern[i] as number;
    if (byte === ASTERISK) {
      if (tokens.at(-1) !== STAR) tokens.push(STAR);
      i += 1;
    } else if (byte === QUESTION) {
      tokens.push(ANY);
      i += 1;
    } else if (byte === OPEN) {
      const { members, next } = compileClass(pattern, i + 1);
      tokens.push(CLASS + classes.push(members) - 1);
      i = next;
    } else if (byte === BACKSLASH && i + 1 < pattern.length) {
      tokens.push(pattern[i + 1] as number);
      i += 2;
    } else {
      tokens.push(byte);
      i += 1;
    }
  }
  return { tokens, classes };
};

/** The members of a class whose first byte after `[` is at `start`, and where the pattern goes on. */
const compileClass = (pattern: Uint8Array, start: number): { members: Uint8Array; next: number } => {
  const end = pattern.length;
  const members = new Uint8Array(256);
  let i = start;
  const negated = pattern[i] === CARET;
  if (negated) i += 1;
  while (i < end && pattern[i] !== CLOSE) {
    if (pattern[i] === BACKSLASH && i + 1 < end) {
      members[pattern[i + 1] as number] = 1;
      i += 2;
    } else if (i + 2 < end && pattern[i + 1] === DASH) {
      addRange(members, pattern[i] as number, pattern[i + 2] as number);
      i += 3;
    } else {
      members[pattern[i] as number] = 1;
      i += 1;
    }
  }
  if (negated) for (let byte = 0; byte < 256; byte += 1) members[byte] = members[byte] ? 0 : 1;
  return { members, next: i + 1 };
};

const signed = (byte: number): number => (byte << 24) >> 24;

const addRange = (members: Uint8Array, from: number, to: number): void => {
  const low = Math.min(signed(from), signed(to));
  const high = Math.max(signed(from), signed(to));
  for (let byte = low; byte <= high; byte += 1) members[byte & 0xff] = 1;
};

const run = ({ tokens, classes }: Program, key: Uint8Array): boolean => {
  let t = 0;
  let k = 0;
  let starAt = -1;
  let starKey = 0;
  while (k < key.length) {
    const token = tokens[t];
    if (token === STAR) {
      starAt = t;
      starKey = k;
      t += 1;
    } else if (token !== undefined && matches(token, key[k] as number, classes)) {
      t += 1;
      k += 1;
    } else if (starAt >= 0) {
      starKey += 1;
      k = starKey;
      t = starAt + 1;
    } else {
      return false;
    }
  }
  // The server strips what is left of stars only after it has matched something: an empty key never gets here.
  while (key.length > 0 && tokens[t] === STAR) t += 1;
  return t === tokens.length;
};

const matches = (token: number, byte: number, classes: readonly Uint8Array[]): boolean =>
  token === ANY || token === byte || (token >= CLASS && classes[token - CLASS]?.[byte] === 1);
