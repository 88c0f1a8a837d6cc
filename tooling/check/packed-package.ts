/** The tarball of a package, exactly as it would be published. */
import { join } from 'node:path';
import { runCommand, runPnpm } from '../run-command.ts';
import type { Manifest, PublishedPackage } from '../workspace.ts';

export interface PackedPackage extends PublishedPackage {
  readonly tarball: string;
  readonly sizeBytes: number;
  /** Paths inside the tarball. */
  readonly files: readonly string[];
  /** As packed: workspace ranges replaced by versions. */
  readonly packedManifest: Manifest;
}

export async function packPackage(published: PublishedPackage, folder: string): Promise<PackedPackage> {
  const output = await runPnpm(['pack', '--json', '--pack-destination', folder], { cwd: published.folder });
  const packed = JSON.parse(output.slice(output.indexOf('{'))) as {
    filename: string;
    size: number;
    files: { path: string }[];
  };
  const tarball = join(folder, packed.filename.split(/[\\/]/).at(-1) ?? '');
  const manifestText = await runCommand('tar', ['-xzOf', tarball, 'package/package.json']);
  return {
    ...published,
    tarball,
    sizeBytes: packed.size,
    files: packed.files.map((file) => file.path),
    packedManifest: JSON.parse(manifestText) as Manifest,
  };
}
