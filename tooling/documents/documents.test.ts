/** Every TypeScript example of the documents and of the doc comments compiles, and runs where it says that it does. */
import { readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { describe, expect, test } from 'vitest';
import { testRedisUrl } from '@keepsake/tooling/servers';
import { listFiles } from '../architecture/source-tree.ts';
import { root } from '../workspace.ts';
import { compileExamples } from './compile-examples.ts';
import { commentsOf, extractExamples } from './fenced-blocks.ts';
import { runAgainstSources } from './run-example.ts';

const documents = listFiles(root)
  .map((path) => relative(root, path).split(sep).join('/'))
  .filter((path) => /^(README\.md|packages\/[^/]+\/README\.md|docs\/guides\/.+\.md)$/.test(path))
  .sort();

/** Where everything is installed that a reader has who follows a page. */
const folderOf = (path: string): string => {
  if (path.startsWith('packages/')) return dirname(path);
  return path.startsWith('docs/guides/http') ? 'examples/http-apps' : 'apps/demo';
};

const examples = documents.flatMap((path) =>
  extractExamples(readFileSync(join(root, path), 'utf8')).map((example) => ({
    ...example,
    title: `${path}:${example.line}`,
    folder: join(root, folderOf(path)),
  })),
);

const sources = listFiles(join(root, 'packages'))
  .filter((path) => /\/src\/.+\.ts$/.test(path.split(sep).join('/')) && !path.endsWith('.test.ts'))
  .sort();

for (const path of sources) {
  const found = extractExamples(commentsOf(readFileSync(path, 'utf8')));
  const title = relative(root, path).split(sep).join('/');
  const folder = join(root, ...title.split('/').slice(0, 2));
  examples.push(...found.map((example) => ({ ...example, title: `${title}:${example.line}`, folder })));
}

const messages = compileExamples(examples);

test.each(examples.map(({ title }, index) => [title, messages[index]]))(
  'the example at %s compiles',
  (_, found) => {
    expect(found).toEqual([]);
  },
);

test.each(examples.filter(({ isRun }) => isRun).map((example) => [example.title, example] as const))(
  'the example at %s runs and ends',
  { timeout: 90_000 },
  async (_, { code, folder }) => {
    await runAgainstSources(code, folder, testRedisUrl());
  },
);

describe('an example', () => {
  const folder = join(root, 'tooling');

  test('with a wrong type is found out, with its line', () => {
    const [found] = compileExamples([{ folder, code: `const a: number = 1;\nexport const b: string = a;` }]);
    expect(found).toEqual([expect.stringMatching(/^line 2: Type 'number' is not assignable/)]);
  });

  test('that imports what does not exist is found out', () => {
    const [found] = compileExamples([
      { folder, code: `import '@keepsake/tooling/servers';\nimport { x } from 'nowhere';` },
    ]);
    expect(found).toEqual([expect.stringContaining(`Cannot find module 'nowhere'`)]);
  });

  test('that throws is found out', async () => {
    const run = runAgainstSources(`throw new Error('as it was written');`, folder, testRedisUrl());
    await expect(run).rejects.toThrow('as it was written');
  });

  test('reaches the test server at the address that documents show, and by REDIS_URL', async () => {
    const output = await runAgainstSources(
      `console.log(${JSON.stringify('redis://localhost:6379')}, process.env.REDIS_URL);`,
      folder,
      testRedisUrl(),
    );
    expect(output).toBe(`${testRedisUrl()} ${testRedisUrl()}\n`);
  });
});

describe('the blocks of a document', () => {
  const fence = '```';

  test('are found in doc comments, with the lines of the file', () => {
    const source = `const a = 1;\n/**\n * @example\n * ${fence}ts\n * run(1);\n *\n * run(2);\n * ${fence}\n */\n`;
    expect(extractExamples(commentsOf(source))).toEqual([
      { line: 5, code: 'run(1);\n\nrun(2);\n', isRun: true },
    ]);
  });

  test('are found with their lines and modes', () => {
    const markdown = [
      '# Title',
      `${fence}ts`,
      'const a = 1;',
      fence,
      `${fence}sh`,
      'npm i',
      fence,
      `- in a list`,
      `  ${fence}ts no-run`,
      '  const b = 2;',
      `  ${fence}`,
    ].join('\n');
    expect(extractExamples(markdown)).toEqual([
      { line: 3, code: 'const a = 1;\n', isRun: true },
      { line: 10, code: 'const b = 2;\n', isRun: false },
    ]);
  });

  test('go on from the block before when continued, with the same line numbers', () => {
    const markdown = `${fence}ts\nconst a = 1;\n${fence}\ntext\n${fence}ts continued\na();\n${fence}\n`;
    const [example] = extractExamples(markdown);
    expect(example?.code.split('\n')[6 - (example?.line ?? 0)]).toBe('a();');
  });

  test('with a mode that does not exist are refused', () => {
    expect(() => extractExamples(`${fence}ts norun\n${fence}\n`)).toThrow('norun');
    expect(() => extractExamples(`${fence}ts continued\n${fence}\n`)).toThrow('nothing to continue');
  });
});
