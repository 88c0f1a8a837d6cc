/** What a package must be before it may be published: checked on its tarball, not on its folder. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { runCommand } from '../run-command.ts';
import { smokeSteps } from '../smoke/smoke.ts';
import { runSteps, type Step, type StepResult } from '../stage.ts';
import { publishedPackages, type Manifest } from '../workspace.ts';
import { packPackage, type PackedPackage } from './packed-package.ts';

/** npm runs these on the machine of whoever installs, packs or publishes. */
const LIFECYCLE = /^(pre|post)?(install|uninstall|pack|publish|prepare|prepublish|prepublishOnly|version)$/;

/** Packs every package, then checks the tarballs and installs them into empty projects. */
export async function checkPackaging(): Promise<StepResult[]> {
  const folder = await mkdtemp(join(tmpdir(), 'keepsake-packed-'));
  try {
    const packed: PackedPackage[] = [];
    const packSteps = publishedPackages().map((published) => ({
      name: `${published.manifest.name} packs`,
      run: async () => {
        const result = await packPackage(published, folder);
        packed.push(result);
        return `${(result.sizeBytes / 1000).toFixed(1)} kB, ${result.files.length} files`;
      },
    }));
    const packResults = await runSteps(packSteps, 2);
    packed.sort((a, b) => a.manifest.name.localeCompare(b.manifest.name));
    const results = await runSteps([...packed.flatMap(tarballSteps), ...smokeSteps(packed, folder)], 2);
    return [...packResults, ...results];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function tarballSteps(packed: PackedPackage): Step[] {
  const { name } = packed.manifest;
  return [
    {
      name: `${name} holds the allowed files only and no lifecycle script`,
      run: () => {
        const faults = [...findFileFaults(packed.files), ...findManifestFaults(packed.packedManifest)];
        return faults.length === 0
          ? Promise.resolve(undefined)
          : Promise.reject(new Error(faults.join('\n')));
      },
    },
    {
      name: `${name} imports only what it declares`,
      run: async () => {
        const built = packed.files.filter((path) => path.startsWith('dist/'));
        const texts = await Promise.all(built.map((path) => readFile(join(packed.folder, path), 'utf8')));
        const faults = texts.flatMap((text) => findImportFaults(text, packed.packedManifest));
        if (faults.length > 0) throw new Error([...new Set(faults)].join('\n'));
        return undefined;
      },
    },
    {
      name: `${name} passes publint`,
      run: async () => {
        await runCommand('publint', ['run', packed.tarball, '--strict']);
        return undefined;
      },
    },
    {
      name: `${name} passes attw`,
      run: async () => {
        await runCommand('attw', [packed.tarball, '--profile', 'esm-only', '--no-color', '--no-emoji']);
        return undefined;
      },
    },
  ];
}

/** A tarball holds its README, licence, manifest and what was built: with types, without tests. */
export function findFileFaults(files: readonly string[]): string[] {
  const required = ['README.md', 'LICENSE', 'package.json'];
  const isAllowed = (path: string): boolean =>
    required.includes(path) || (/^dist\/.+\.(js|d\.ts)$/.test(path) && !/\.(test|test-d)\./.test(path));
  return [
    ...required.filter((path) => !files.includes(path)).map((path) => `${path} is missing`),
    ...files.filter((path) => !isAllowed(path)).map((path) => `${path} is not allowed`),
    ...(files.some((path) => path.startsWith('dist/')) ? [] : ['dist is empty: the package was not built']),
  ];
}

/** A manifest runs nothing on its user's machine, and names versions that npm can resolve. */
export function findManifestFaults(manifest: Manifest): string[] {
  const scripts = Object.keys(manifest.scripts ?? {}).filter((script) => LIFECYCLE.test(script));
  const conditions = Object.entries(manifest.exports ?? {}).flatMap(([entry, value]) =>
    typeof value === 'string' || Object.keys(value).join() === 'types,default' ? [] : [entry],
  );
  return [
    ...scripts.map((script) => `the lifecycle script "${script}" is not allowed`),
    ...conditions.map(
      (entry) => `exports["${entry}"] must be { types, default }, or require() finds nothing`,
    ),
    ...(JSON.stringify(manifest).includes('"workspace:') ? ['a workspace: range was left in'] : []),
  ];
}

/** A module imports its own files, Node's by their full name, and what npm installs beside it for certain. */
export function findImportFaults(text: string, manifest: Manifest): string[] {
  const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  return ts
    .preProcessFile(text, true, true)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((specifier) => !/^(\.{1,2}\/|node:)/.test(specifier))
    .filter((specifier) => !declared.some((name) => specifier === name || specifier.startsWith(`${name}/`)))
    .map((specifier) => `"${specifier}" is imported and not declared`);
}
