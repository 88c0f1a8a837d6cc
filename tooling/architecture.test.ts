/** The rules that keep the packages apart, run on the sources, and each shown to fail on what it forbids. */
import { readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import * as fileRules from './architecture/file-rules.ts';
import * as importRules from './architecture/import-rules.ts';
import type { Rule } from './architecture/import-rules.ts';
import { buildTree, listFiles, readTree } from './architecture/source-tree.ts';
import * as textRules from './architecture/text-rules.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const tree = readTree(root, ['packages', 'apps', 'bench', 'examples']);

const entries = new Map([
  ['@keepsake/core', 'packages/core/src/index.ts'],
  ['@keepsake/core/testing', 'packages/core/src/testing/index.ts'],
  ['@keepsake/redis', 'packages/redis/src/index.ts'],
  ['@keepsake/locks', 'packages/locks/src/index.ts'],
]);

interface Case {
  readonly title: string;
  readonly rule: Rule;
  /** Sources that follow the rule. */
  readonly good: Readonly<Record<string, string>>;
  /** Single files, each of which breaks it when added to the good ones. */
  readonly bad: readonly (readonly [path: string, text: string])[];
}

const core = 'packages/core/src';

const cases: readonly Case[] = [
  {
    title: 'arrows point one way between the packages',
    rule: importRules.arrowsPointOneWay,
    good: {
      [`${core}/index.ts`]: '',
      'packages/redis/src/index.ts': `import '@keepsake/core';`,
      'packages/locks/src/redis.ts': `import '@keepsake/redis';`,
      'packages/locks/src/redis/scripts.ts': `import '@keepsake/redis';`,
      'packages/locks/src/lock.test.ts': `import '@keepsake/redis';`,
    },
    bad: [
      [`${core}/a.ts`, `import type { RedisBackend } from '@keepsake/redis';`],
      ['packages/http/src/a.ts', `export * from '@keepsake/locks';`],
      ['packages/locks/src/lease.ts', `import '@keepsake/redis';`],
      ['packages/redis/src/a.ts', `const m = () => import('@keepsake/entities');`],
      ['packages/entities/src/a.ts', `type T = import('@keepsake/http').T;`],
      ['packages/http/src/b.ts', `import '../../../tooling/servers/index.ts';`],
      ['packages/http/src/c.ts', `import '@keepsake/tooling/servers';`],
    ],
  },
  {
    title: 'projects import packages by name, never by path',
    rule: importRules.projectsMeetByName,
    good: { 'apps/demo/src/main.ts': `import '@keepsake/core';`, [`${core}/index.ts`]: '' },
    bad: [['apps/demo/src/a.ts', `import '../../../packages/core/src/index.ts';`]],
  },
  {
    title: 'files form no cycle',
    rule: importRules.noCycles,
    good: { [`${core}/a.ts`]: `import './b.ts'; import './c.ts';`, [`${core}/b.ts`]: `import './c.ts';` },
    bad: [
      [`${core}/c.ts`, `import type { A } from './a.ts';`],
      [`${core}/d.ts`, `export * from './d.ts';`],
    ],
  },
  {
    title: 'nothing imports the index of its own package',
    rule: importRules.nothingImportsItsOwnIndex,
    good: {
      [`${core}/index.ts`]: `export * from './a.ts';`,
      'packages/redis/src/a.ts': `import '@keepsake/core';`,
    },
    bad: [
      [`${core}/a.ts`, `import './index.ts';`],
      [`${core}/deep/a.ts`, `import type { X } from '../index.ts';`],
      [`${core}/b.ts`, `import '@keepsake/core';`],
    ],
  },
  {
    title: 'sources never import testing',
    rule: importRules.sourcesNeverImportTesting,
    good: {
      [`${core}/testing/suite.ts`]: `import './fake-clock.ts';`,
      'packages/locks/src/testing/suite.ts': `import '@keepsake/core/testing';`,
      [`${core}/a.test.ts`]: `import './testing/suite.ts';`,
    },
    bad: [
      [`${core}/a.ts`, `import './testing/suite.ts';`],
      ['packages/redis/src/a.ts', `import '@keepsake/core/testing';`],
    ],
  },
  {
    title: 'the main entry of core imports nothing of Node and no dependency',
    rule: importRules.coreStandsAlone,
    good: {
      [`${core}/index.ts`]: `export * from './a.ts'; export * from './b.ts';`,
      [`${core}/b.ts`]: '',
      [`${core}/tracking.ts`]: `import 'node:async_hooks';`,
    },
    bad: [
      [`${core}/a.ts`, `import type { X } from 'node:events';`],
      [`${core}/b.ts`, `import 'msgpackr';`],
    ],
  },
  {
    title: 'no module awaits at its top level',
    rule: fileRules.noTopLevelAwait,
    good: {
      [`${core}/a.ts`]: `export async function f() { await g(); for await (const x of y) h(x); await using z = k(); }`,
      [`${core}/a.test.ts`]: `await f();`,
    },
    bad: [
      [`${core}/b.ts`, `export const x = await f();`],
      [`${core}/b.ts`, `{ await using x = f(); }`],
      [`${core}/b.ts`, `for await (const x of y) f(x);`],
    ],
  },
  {
    title: 'only clock files read a clock',
    rule: fileRules.timeComesFromTheClock,
    good: {
      [`${core}/clock.ts`]: `export const now = () => performance.now() + Date.now();`,
      [`${core}/a.ts`]: `// Date.now() is not used\nexport const at = new Date(0);`,
      [`${core}/a.test.ts`]: `Date.now();`,
    },
    bad: [
      [`${core}/b.ts`, `export const x = () => Date.now();`],
      [`${core}/b.ts`, `export const now = performance.now;`],
      [`${core}/b.ts`, `export const x = () => new Date();`],
      [`${core}/b.ts`, `export const x = () => process.hrtime.bigint();`],
    ],
  },
  {
    title: 'file names are kebab-case',
    rule: fileRules.namesAreKebabCase,
    good: {
      [`${core}/s3-fifo.ts`]: '',
      [`${core}/s3-fifo.test-d.ts`]: '',
      'packages/core/tsup.config.ts': '',
    },
    bad: [
      [`${core}/lruCache.ts`, ''],
      [`${core}/lru_cache.ts`, ''],
      [`${core}/LRU.test.ts`, ''],
    ],
  },
  {
    title: 'no file gathers everything',
    rule: fileRules.noCatchAllFiles,
    good: { [`${core}/common-prefix.ts`]: '' },
    bad: [
      [`${core}/utils.ts`, ''],
      [`${core}/deep/helpers.ts`, ''],
      [`packages/core/test/common.test.ts`, ''],
    ],
  },
  {
    title: 'files are short, or their header says why they are longer',
    rule: fileRules.filesAreShort,
    good: {
      [`${core}/a.ts`]: '\n'.repeat(400),
      [`${core}/b.ts`]: `/** Kept whole for speed, so longer. */\n${'f();\n'.repeat(400)}`,
      [`${core}/c.ts`]: 'f();\n'.repeat(300),
      [`${core}/a.test.ts`]: 'f();\n'.repeat(301),
    },
    bad: [
      [`${core}/d.ts`, 'f();\n'.repeat(301)],
      [`${core}/d.ts`, `/** Short. */\n${'// longer\n'.repeat(301)}`],
    ],
  },
];

for (const { title, rule, good, bad } of cases) {
  describe(title, () => {
    test('in the sources', () => {
      expect(rule(tree)).toEqual([]);
    });

    test('the rule accepts what it should', () => {
      expect(rule(buildTree(Object.entries(good), entries))).toEqual([]);
    });

    test.each(bad)('the rule refuses case %$ (%s)', (path, text) => {
      expect(rule(buildTree(Object.entries({ ...good, [path]: text }), entries))).not.toEqual([]);
    });
  });
}

test('core has no dependency to install', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'packages/core/package.json'), 'utf8')) as {
    peerDependencies: Record<string, string>;
    peerDependenciesMeta: Record<string, { optional?: boolean }>;
  };
  expect(Object.keys(manifest)).not.toContain('dependencies');
  const required = Object.keys(manifest.peerDependencies).filter(
    (peer) => manifest.peerDependenciesMeta[peer]?.optional !== true,
  );
  expect(required).toEqual([]);
});

test('the rules saw the sources', () => {
  expect(tree.files.size).toBeGreaterThan(20);
  expect([...tree.entries.values()].filter((path) => path.startsWith('packages/core/'))).not.toEqual([]);
});

describe('words', () => {
  const texts = listFiles(root)
    .filter(
      (path) => /\.(tsx?|mjs|md|json|ya?ml|css|html|lua)$/.test(path) && !path.endsWith('pnpm-lock.yaml'),
    )
    .map((path) => [relative(root, path).split(sep).join('/'), readFileSync(path, 'utf8')] as const);
  const leftover = ['TO', 'DO'].join('');
  const machinePath = ['', 'home', 'ann', 'keepsake'].join('/');
  const document = ['NOWHERE', 'md'].join('.');
  const rules = [
    {
      title: 'no leftover mark is in the repository',
      rule: textRules.noLeftovers,
      bad: `// ${leftover}: later`,
    },
    {
      title: 'no path of a machine is in the repository',
      rule: textRules.noMachinePaths,
      bad: `see ${machinePath}`,
    },
    {
      title: 'every document that is named exists',
      rule: textRules.namedDocumentsExist,
      bad: `see ${document}`,
    },
  ];

  for (const { title, rule, bad } of rules) {
    test(title, () => {
      expect(rule(texts)).toEqual([]);
    });

    test(`${title}: the rule refuses "${bad}"`, () => {
      expect(rule([['docs/guide.md', bad]])).not.toEqual([]);
      expect(rule([['docs/guide.md', 'see https://example.com/home/ann and [here](./root/x.ts)']])).toEqual(
        [],
      );
    });
  }
});
