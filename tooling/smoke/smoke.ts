/**
 * Each tarball alone in an empty project, as its user has it: installed by npm with the peers that it demands,
 * every entry imported and required, its types checked, and the example of its README compiled and run.
 */
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { extractExamples } from '../documents/fenced-blocks.ts';
import { runInstalled } from '../documents/run-example.ts';
import type { PackedPackage } from '../check/packed-package.ts';
import { runCommand } from '../run-command.ts';
import { startRedis } from '../servers/index.ts';
import type { Step } from '../stage.ts';
import { createScratchProject, installArguments, installInto } from './scratch-project.ts';

export function smokeSteps(all: readonly PackedPackage[], folder: string): Step[] {
  return all.map((packed) => ({
    name: `${packed.manifest.name} works in an empty project`,
    run: async () => {
      const project = join(folder, packed.manifest.name.replace('/', '-'));
      await createScratchProject(project);
      // Without its optional peers first: what does not need them must work without them.
      await installInto(project, installArguments(packed, all, { withOptional: false }));
      const versions = new Set(
        await loadEntries(
          project,
          packed.entries.filter((entry) => !needsOptionalPeer(packed, entry)),
        ),
      );
      await installInto(project, [
        ...installArguments(packed, all, { withOptional: true }),
        '@types/node@20',
      ]);
      for (const version of await loadEntries(project, packed.entries)) versions.add(version);
      const example = await readmeExample(packed);
      await checkTypes(project, packed.entries, example);
      await using redis = await startRedis();
      await runInstalled(example, project, redis.url);
      return `${packed.entries.length} entries on Node ${[...versions].join(' and ')}`;
    },
  }));
}

/** Whether the built entry, or a file of the package that it imports, imports an optional peer. */
function needsOptionalPeer({ packedManifest, folder }: PackedPackage, entry: string): boolean {
  const optional = Object.entries(packedManifest.peerDependenciesMeta ?? {})
    .filter(([, meta]) => meta.optional === true)
    .map(([peer]) => peer);
  const target = packedManifest.exports?.[`.${entry.slice(packedManifest.name.length)}`];
  const pending = typeof target === 'object' ? [target['default'] ?? ''] : [];
  const seen = new Set<string>();
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    const code = readFileSync(join(folder, file), 'utf8');
    for (const [, from = ''] of code.matchAll(/(?:from|import)\s*["']([^"']+)["']/g)) {
      if (from.startsWith('.')) pending.push(join(dirname(file), from));
      else if (optional.some((peer) => from === peer || from.startsWith(`${peer}/`))) return true;
    }
  }
  return false;
}

/** On the workspace's own Node and on the host's, which is the older one. */
async function loadEntries(project: string, entries: readonly string[]): Promise<string[]> {
  const host = process.env['npm_node_execpath'];
  const nodes =
    host === undefined || host === process.execPath ? [process.execPath] : [process.execPath, host];
  const versions: string[] = [];
  for (const node of nodes) {
    const output = await runCommand(node, ['load-entries.mjs', ...entries], {
      cwd: project,
      timeoutMs: 60_000,
    });
    versions.push(output.trim().split('\n').at(-1) ?? '');
  }
  return versions;
}

async function readmeExample({ folder }: PackedPackage): Promise<string> {
  const [first] = extractExamples(await readFile(join(folder, 'README.md'), 'utf8'));
  if (first === undefined) throw new Error('README.md has no ts block');
  if (!first.isRun) throw new Error('the first ts block of README.md must be one that runs');
  return first.code;
}

/** With the declarations of the packages checked too, for a module and for a CommonJS file. */
async function checkTypes(project: string, entries: readonly string[], example: string): Promise<void> {
  const named = entries.map((entry, index) => ({ entry, name: `entry${index}` }));
  const uses = named.map(({ name }) => `export type T${name} = typeof ${name};`).join('\n');
  const modules = named.map(({ entry, name }) => `import * as ${name} from '${entry}';`).join('\n');
  const requires = named.map(({ entry, name }) => `import ${name} = require('${entry}');`).join('\n');
  await writeFile(join(project, 'consumer.mts'), `${modules}\n${uses}\n`);
  await writeFile(join(project, 'consumer.cts'), `${requires}\n${uses}\n`);
  await writeFile(join(project, 'example.ts'), `${example}\nexport {};\n`);
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable', 'esnext.decorators'],
    module: 'node20',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    types: ['node'],
    skipLibCheck: false,
  };
  await writeFile(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: ['consumer.mts', 'consumer.cts', 'example.ts'] }),
  );
  await runCommand('tsc', ['-p', project, '--pretty', 'false'], { cwd: project });
}
