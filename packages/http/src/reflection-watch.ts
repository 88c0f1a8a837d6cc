import type { RequestView } from './exchange.ts';
import type { ResolvedHttpOptions } from './options.ts';
import { warn, warnsDevelopers } from './process-warning.ts';
import { atOrigin } from './request-target.ts';
import { linesOf } from './rules/fields.ts';
import { reflectedNames } from './rules/reflection.ts';
import type { StoredResponse } from './stored-response.ts';

/** Headers that a cache tells of: each once, in all so many. */
const MAX_WARNINGS = 10;

/** Looks at what has been stored, and for which request. */
export type ReflectionWatch = (request: RequestView, stored: StoredResponse) => void;

/**
 * Tells who writes the application of stored responses that repeat request headers which are no part of the key. Undefined
 * in production, where nothing is looked at.
 */
export const reflectionWatch = ({
  origin,
  keyHeaders,
}: Pick<ResolvedHttpOptions, 'origin' | 'keyHeaders'>): ReflectionWatch | undefined => {
  if (!warnsDevelopers()) return undefined;
  const told = new Set<string>();
  return ({ target, fields }, stored) => {
    if (!target || told.size >= MAX_WARNINGS) return;
    const names = new Set([...keyHeaders, ...stored.vary.map(([name]) => name)]);
    const key = { target: atOrigin(target, origin), tuple: stored.tuple, names };
    for (const name of reflectedNames(linesOf(fields), stored, key)) {
      if (told.size >= MAX_WARNINGS || told.has(name)) continue;
      told.add(name);
      warn('KEEPSAKE_HTTP_UNKEYED', textOf(name, shapeOf(target.path)));
    }
  };
};

/** Never the value: it is whatever somebody sent. */
const textOf = (name: string, shape: string): string =>
  `The response at ${shape} was stored and repeats the request header ${name.slice(0, MAX_NAME_LENGTH)}, which is no part of its key: ` +
  'whoever sends that header decides what all others get. Take the value from configuration, or name the header in ' +
  'Vary or in the option keyHeaders; where it is the host or scheme that all clients see, set the option origin.';

const MAX_NAME_LENGTH = 100;
const MAX_SEGMENTS = 8;

/** A path as its first word and its length: what follows may say whose it is. */
const shapeOf = (path: string): string => {
  const segments = path.split('/').slice(1);
  const shape = segments
    .slice(0, MAX_SEGMENTS)
    .map((segment, i) => (segment === '' || (i === 0 && /^[a-z-]{1,24}$/.test(segment)) ? segment : '*'));
  return `/${shape.join('/')}${segments.length > MAX_SEGMENTS ? '/...' : ''}`;
};
