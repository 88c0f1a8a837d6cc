/** An empty project of an outside user, with the packed tarballs installed by npm. */
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../run-command.ts';
import type { PackedPackage } from '../check/packed-package.ts';

/** What npm is asked to install for a package: itself and its peers, from the other tarballs or the registry. */
export function installArguments(
  packed: PackedPackage,
  all: readonly PackedPackage[],
  { withOptional }: { readonly withOptional: boolean },
): string[] {
  const wanted = new Map<string, string>();
  const add = (subject: PackedPackage, isOptionalIncluded: boolean): void => {
    wanted.set(subject.manifest.name, subject.tarball);
    for (const [name, range] of Object.entries(subject.packedManifest.peerDependencies ?? {})) {
      const isOptional = subject.packedManifest.peerDependenciesMeta?.[name]?.optional === true;
      if ((isOptional && !isOptionalIncluded) || wanted.has(name)) continue;
      const ours = all.find((other) => other.manifest.name === name);
      if (ours === undefined) wanted.set(name, `${name}@${range}`);
      else add(ours, false);
    }
  };
  add(packed, withOptional);
  return [...wanted.values()];
}

export async function createScratchProject(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  for (const name of ['load-entries.mjs']) {
    await copyFile(fileURLToPath(new URL(name, import.meta.url)), join(folder, name));
  }
}

export async function installInto(folder: string, what: readonly string[]): Promise<void> {
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...what];
  await runCommand('npm', args, { cwd: folder });
}
