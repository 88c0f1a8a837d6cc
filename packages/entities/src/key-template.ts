import { buildKey, CacheError } from '@keepsake/core';
import { checkId, type Id } from './id.ts';

/** An id for each name in braces: `'person_id:{album}:{name}'` takes two. */
type GapIds<T extends string> = T extends `${string}{${string}}${infer Rest}` ? [Id, ...GapIds<Rest>] : [];

/** What fills a template: one id, or one for each gap. */
export type TemplateId<T extends string> = GapIds<T> extends [Id] ? Id : Readonly<GapIds<T>>;

/** A key with gaps, such as `album:{id}:details`. */
export interface KeyTemplate {
  readonly text: string;
  readonly names: readonly string[];
  /** Fills the gaps in order; each id is escaped, so it can never reach beyond its own segment. */
  fill(ids: readonly Id[]): string;
}

const LITERAL = /^[a-z][a-z0-9_]*$/i;
const GAP = /^\{([a-z][a-z0-9_]*)\}$/i;

/** @throws CacheError ERR_KEY for a template without a gap, with two of one name, or with a segment that is neither word nor gap. */
export const parseTemplate = (text: string): KeyTemplate => {
  const names: string[] = [];
  const literals = text.split(':').map((segment) => {
    const gap = GAP.exec(segment)?.[1];
    if (gap !== undefined) names.push(gap);
    else if (!LITERAL.test(segment)) throw new CacheError('ERR_KEY', `key template: cannot read '${text}'`);
    return gap === undefined ? segment : undefined;
  });
  if (new Set(names).size < names.length) {
    throw new CacheError('ERR_KEY', `key template: '${text}' names two gaps alike`);
  }
  if (names.length === 0) throw new CacheError('ERR_KEY', `key template: '${text}' has no {id}`);
  return {
    text,
    names,
    fill: (ids) => {
      if (ids.length !== names.length) {
        throw new CacheError('ERR_KEY', `${text}: takes ${names.length} ids, got ${ids.length}`);
      }
      const left = ids.map(checkId)[Symbol.iterator]();
      return buildKey(...literals.map((literal) => literal ?? left.next().value ?? ''));
    },
  };
};
