import { expect, test } from 'vitest';
import type { PackedPackage } from '../check/packed-package.ts';
import { installArguments } from './scratch-project.ts';

function packed(
  name: string,
  peerDependencies: Readonly<Record<string, string>> = {},
  optional: readonly string[] = [],
): PackedPackage {
  const manifest = {
    name,
    version: '1.0.0',
    peerDependencies,
    peerDependenciesMeta: Object.fromEntries(optional.map((peer) => [peer, { optional: true }])),
  };
  const tarball = `/packed/${name}.tgz`;
  return {
    folder: '',
    manifest,
    packedManifest: manifest,
    entries: [name],
    tarball,
    sizeBytes: 0,
    files: [],
  };
}

const core = packed('core');
const redis = packed('redis', { core: '^1.0.0', ioredis: '>=6' });
const locks = packed('locks', { core: '^1.0.0', redis: '^1.0.0', ioredis: '>=6' }, ['redis', 'ioredis']);
const all = [core, redis, locks];

test('a package is installed with the peers that it demands, ours from their tarballs', () => {
  expect(installArguments(core, all, { withOptional: false })).toEqual(['/packed/core.tgz']);
  expect(installArguments(redis, all, { withOptional: false })).toEqual([
    '/packed/redis.tgz',
    '/packed/core.tgz',
    'ioredis@>=6',
  ]);
});

test('optional peers are installed when asked for, with the peers that they demand', () => {
  expect(installArguments(locks, all, { withOptional: false })).toEqual([
    '/packed/locks.tgz',
    '/packed/core.tgz',
  ]);
  expect(installArguments(locks, all, { withOptional: true })).toEqual([
    '/packed/locks.tgz',
    '/packed/core.tgz',
    '/packed/redis.tgz',
    'ioredis@>=6',
  ]);
});
