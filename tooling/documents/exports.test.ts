/** What a package exports for use stands in its README; types are told by the editor. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../workspace.ts';

const packages = readdirSync(join(root, 'packages')).sort();

const read = (name: string, path: string): string => readFileSync(join(root, 'packages', name, path), 'utf8');

/** Of a module that does nothing but export, the names that exist at run time. */
const valuesOf = (source: string): string[] =>
  [...source.matchAll(/^export \{([^}]*)\}/gm)]
    .flatMap(([, names = '']) => names.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '' && !name.startsWith('type '));

test.each(packages)('each function, class and constant of @keepsake/%s stands in its README', (name) => {
  const source = read(name, 'src/index.ts');
  expect(source).not.toMatch(/^export (?:\*|const|function|class)/m); // these would be missed
  const readme = read(name, 'README.md');
  const values = valuesOf(source);
  expect(values.length).toBeGreaterThan(0);
  expect(values.filter((value) => !new RegExp(`\\b${value}\\b`).test(readme))).toEqual([]);
});
