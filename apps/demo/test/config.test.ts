import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../src/config.ts';
import { describeCache } from '../src/demo-cache.ts';
import { makeFolder, removeFolder, writeText } from './demo-fixture.ts';

let folder: string;

beforeAll(async () => {
  folder = await makeFolder();
  await writeText(folder, 'a-file');
});

afterAll(() => removeFolder(folder));

it('has defaults that need no server', () => {
  const config = readConfig({ XDG_DATA_HOME: folder, PORT: ' ' });
  expect(config).toMatchObject({ host: '127.0.0.1', port: 3000, cacheEnabled: true, faceDistance: 0.56 });
  expect(config.dataDir).toBe(join(folder, 'keepsake-demo'));
  expect(config.cacheEnv['ENVIRONMENT']).toBe('development');
});

it('means production by a REDIS_URL, unless ENVIRONMENT says otherwise', () => {
  const redis = { DATA_DIR: folder, REDIS_URL: 'redis://:secret@localhost:6379' };
  expect(readConfig(redis).cacheEnv['ENVIRONMENT']).toBe('production');
  expect(readConfig({ ...redis, ENVIRONMENT: 'test' }).cacheEnv['ENVIRONMENT']).toBe('test');
});

it('names where the cache is, without the password', () => {
  expect(describeCache(readConfig({ DATA_DIR: folder }))).toBe('memory');
  const redis = readConfig({ DATA_DIR: folder, REDIS_URL: 'redis://me:secret@localhost:6390' });
  expect(describeCache(redis)).toBe('memory and Redis at localhost:6390');
});

it.each([
  ['PORT', 'http'],
  ['PORT', '70000'],
  ['PORT', '80.5'],
  ['PHOTOS_DIR', '/no/such/folder'],
  ['PHOTOS_DIR', '<a file>'],
  ['DATA_DIR', '<a file>'],
  ['REDIS_URL', 'not a url'],
  ['REDIS_URL', 'http://localhost:6379'],
  ['DATABASE_URL', 'postgres://localhost/x'],
  ['CACHE', 'no'],
  ['FACE_DISTANCE', 'near'],
  ['FACE_DISTANCE', '7'],
])('a wrong %s is named, with what to do: %s', (name, value) => {
  const env = { DATA_DIR: folder, [name]: value === '<a file>' ? join(folder, 'a-file') : value };
  const act = (): unknown => readConfig(env);
  expect(act).toThrow(ConfigError);
  expect(act).toThrow(new RegExp(`${name}.*(Set|set|choose)`, 's'));
});

it('never repeats what a REDIS_URL holds', () => {
  const act = (): unknown => readConfig({ DATA_DIR: folder, REDIS_URL: 'mysql://me:secret@host' });
  expect(act).toThrow(/^(?!.*secret).*REDIS_URL/);
});
