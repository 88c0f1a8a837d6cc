import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand } from '../run-command.ts';
import { createScratchProject } from './scratch-project.ts';

let project: string;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'keepsake-load-'));
  await createScratchProject(project);
});

afterAll(async () => {
  await rm(project, { recursive: true, force: true });
});

/** Puts a package into the project and loads it. */
async function load(exports: object, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(project, 'node_modules', 'subject');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'subject', type: 'module', exports }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return runCommand(process.execPath, ['load-entries.mjs', 'subject'], { cwd: project });
}

test('a module that import and require share loads', async () => {
  expect(await load({ default: './a.js' }, { 'a.js': 'export class A {}' })).toMatch(/^v\d+/);
});

test('a class that exists once for import and once for require is refused', async () => {
  const files = { 'a.js': 'export class A {}', 'a.cjs': 'exports.A = class A {};' };
  const loading = load({ import: './a.js', require: './a.cjs' }, files);
  await expect(loading).rejects.toThrow('another A');
});

test('an entry that require cannot reach is refused', async () => {
  await expect(load({ import: './a.js' }, { 'a.js': 'export class A {}' })).rejects.toThrow(
    'ERR_PACKAGE_PATH_NOT_EXPORTED',
  );
});

test('an entry that awaits at its top level is refused', async () => {
  const loading = load({ default: './a.js' }, { 'a.js': 'await null; export class A {}' });
  await expect(loading).rejects.toThrow('ERR_REQUIRE_ASYNC_MODULE');
});

test('an entry that exports nothing is refused', async () => {
  await expect(load({ default: './a.js' }, { 'a.js': '' })).rejects.toThrow('exports nothing');
});
