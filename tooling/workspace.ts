/** Where things are in the workspace. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the repository. */
export const root: string = fileURLToPath(new URL('..', import.meta.url));

/** What the tooling reads of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** A package that is published. */
export interface PublishedPackage {
  readonly folder: string;
  readonly manifest: Manifest;
  /** The importable entries: `@keepsake/core`, `@keepsake/core/memory`, ... */
  readonly entries: readonly string[];
}

/** packages/* in the order of the alphabet. */
export function publishedPackages(): PublishedPackage[] {
  return foldersIn('packages').map((folder) => {
    const manifest = readManifest(folder);
    const entries = Object.keys(manifest.exports ?? {})
      .filter((entry) => !entry.endsWith('.json'))
      .map((entry) => manifest.name + entry.slice(1));
    return { folder, manifest, entries };
  });
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** Every folder with a tsconfig.json: the root, the packages, apps and their web parts, bench, examples. */
export function typedFolders(): string[] {
  const apps = foldersIn('apps');
  const candidates = [
    root,
    join(root, 'tooling'),
    join(root, 'bench'),
    ...foldersIn('packages'),
    ...apps,
    ...apps.flatMap((app) => foldersIn(app)),
    ...foldersIn('examples'),
  ];
  return candidates.filter((folder) => existsSync(join(folder, 'tsconfig.json')));
}

/** Folders in a folder that is named from the root or in full. */
function foldersIn(parent: string): string[] {
  const path = resolve(root, parent);
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
    .map((entry) => join(path, entry.name))
    .sort();
}
