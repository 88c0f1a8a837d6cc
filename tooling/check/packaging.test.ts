import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findFileFaults, findImportFaults, findManifestFaults } from './packaging.ts';
import { measureBundle } from './size.ts';

const files = [
  'dist/index.js',
  'dist/index.d.ts',
  'dist/chunk-A1.js',
  'README.md',
  'LICENSE',
  'package.json',
];
const manifest = {
  name: '@keepsake/x',
  version: '1.0.0',
  scripts: { build: 'tsup' },
  exports: {
    '.': { types: './dist/index.d.ts', default: './dist/index.js' },
    './package.json': './package.json',
  },
};

test('a tarball with the allowed files alone has no fault', () => {
  expect(findFileFaults(files)).toEqual([]);
});

test.each([
  [[...files, 'src/index.ts'], 'src/index.ts is not allowed'],
  [[...files, 'dist/index.test.js'], 'dist/index.test.js is not allowed'],
  [[...files, 'dist/index.js.map'], 'dist/index.js.map is not allowed'],
  [[...files, '.env'], '.env is not allowed'],
  [files.filter((file) => file !== 'LICENSE'), 'LICENSE is missing'],
  [['README.md', 'LICENSE', 'package.json'], 'dist is empty: the package was not built'],
])('a fault of the files is found (case %#)', (given, fault) => {
  expect(findFileFaults(given)).toEqual([fault]);
});

test('a manifest without lifecycle scripts has no fault', () => {
  expect(findManifestFaults(manifest)).toEqual([]);
});

test.each([
  [{ ...manifest, scripts: { postinstall: 'node x.js' } }, /postinstall/],
  [{ ...manifest, scripts: { prepare: 'tsup' } }, /prepare/],
  [{ ...manifest, exports: { '.': { import: './dist/index.js' } } }, /exports\["\."\]/],
  [{ ...manifest, peerDependencies: { '@keepsake/core': 'workspace:^' } }, /workspace: range/],
])('a fault of the manifest is found (case %#)', (given, fault) => {
  expect(findManifestFaults(given)).toEqual([expect.stringMatching(fault)]);
});

test('a module may import its own files, the modules of Node and what the manifest declares', () => {
  const declaring = {
    ...manifest,
    dependencies: { msgpackr: '2' },
    peerDependencies: { '@keepsake/core': '1' },
  };
  const text = `import './chunk-A1.js'; import 'node:net'; import 'msgpackr'; export * from '@keepsake/core/memory';`;
  expect(findImportFaults(text, declaring)).toEqual([]);
});

test.each([
  `import 'crypto';`,
  `import { x } from 'msgpackr';`,
  `export const y = () => import('@keepsake/redis');`,
])('an import that is not declared is found: %s', (text) => {
  expect(findImportFaults(text, manifest)).toHaveLength(1);
});

test('the size of a bundle counts what it imports, and not what is unused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keepsake-size-'));
  try {
    const text = Array.from({ length: 500 }, (_, index) => Math.sin(index)).join(' ');
    await writeFile(join(folder, 'a.js'), `export const a = 1; export const b = ${JSON.stringify(text)};`);
    expect(await measureBundle(`export { a } from './a.js';`, folder)).toBeLessThan(100);
    expect(await measureBundle(`export { b } from './a.js';`, folder)).toBeGreaterThan(2_000);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
