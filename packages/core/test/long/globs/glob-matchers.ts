/** Globs as the cache compiles them, and as they are often got wrong. */
import { compileGlob, escapeGlob } from '../../../src/glob.ts';

export type GlobMatcher = (pattern: string) => (key: string) => boolean;

/** Character by character to a RegExp, as most caches do. */
const toRegExp: GlobMatcher = (pattern) => {
  const source = pattern
    .replace(/[.+$(){}|]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  try {
    const expression = new RegExp(`^${source}$`);
    return (key) => expression.test(key);
  } catch {
    return (key) => key === pattern; // no valid expression: it stands for itself
  }
};

const MATCHERS: Readonly<Record<string, GlobMatcher>> = {
  ours: compileGlob,
  naive: toRegExp,
  'bang-negates': (pattern) => compileGlob(pattern.replaceAll('[!', '[^')),
  'unclosed-class-is-literal': (pattern) => {
    const open = pattern.lastIndexOf('[');
    if (open < 0 || pattern.includes(']', open)) return compileGlob(pattern);
    return compileGlob(pattern.slice(0, open) + escapeGlob(pattern.slice(open)));
  },
  'stars-match-the-empty-key': (pattern) => {
    const matches = compileGlob(pattern);
    return (key) => (key === '' && /^\*+$/.test(pattern)) || matches(key);
  },
  'one-star-is-enough': (pattern) => {
    const [before = '', ...after] = pattern.split('*');
    if (after.length < 2) return compileGlob(pattern);
    const [head, tail] = [compileGlob(`${before}*`), compileGlob(`*${after.at(-1) ?? ''}`)];
    return (key) => head(key) && tail(key);
  },
};

export const GLOB_MUTANTS: readonly string[] = Object.keys(MATCHERS).slice(2);

/** @throws for a name that nobody has. */
export const matcherNamed = (name: string): GlobMatcher => {
  const matcher = MATCHERS[name];
  if (!matcher) throw new Error(`no subject ${name}`);
  return matcher;
};
