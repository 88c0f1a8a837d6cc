import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** What the demo is told by its environment, checked once. */
export interface Config {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly dataDir: string;
  readonly photosDir: string | undefined;
  readonly cacheEnabled: boolean;
  /** L2 distance below which two faces may be the same person. */
  readonly faceDistance: number;
  /** The environment that `createCacheFromEnv` reads, with ENVIRONMENT filled in. */
  readonly cacheEnv: Readonly<Record<string, string | undefined>>;
}

/** Whether the cache is kept in memory alone. */
export function isLocal({ cacheEnv }: Pick<Config, 'cacheEnv'>): boolean {
  return cacheEnv['ENVIRONMENT'] === 'development' || cacheEnv['ENVIRONMENT'] === 'test';
}

/** A setting that cannot work: the message says which one, why, and what to do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Env = Readonly<Record<string, string | undefined>>;

/** Reads and checks the settings. Creates DATA_DIR. @throws ConfigError */
export function readConfig(env: Env): Config {
  if (setting(env, 'DATABASE_URL') !== undefined) {
    throw new ConfigError(
      'DATABASE_URL is set, but this demo keeps its data in an embedded database only. Unset DATABASE_URL; use DATA_DIR to choose where the data lies.',
    );
  }
  return {
    host: setting(env, 'HOST') ?? '127.0.0.1',
    port: readPort(setting(env, 'PORT')),
    photosDir: readPhotosDir(setting(env, 'PHOTOS_DIR')),
    cacheEnabled: readCacheSwitch(setting(env, 'CACHE')),
    faceDistance: readFaceDistance(setting(env, 'FACE_DISTANCE')),
    cacheEnv: readCacheEnv(env),
    dataDir: readDataDir(env),
  };
}

/** A variable that is set to nothing counts as not set. */
function setting(env: Env, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === undefined || value === '' ? undefined : value;
}

function readPort(value: string | undefined): number {
  if (value === undefined) return 3000;
  const port = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  if (!(port <= 65_535))
    throw new ConfigError(`PORT is "${value}". Set it to a number from 0 to 65535 (0 = any free port).`);
  return port;
}

function readPhotosDir(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const path = resolve(value);
  try {
    if (!statSync(path).isDirectory())
      throw new ConfigError(`PHOTOS_DIR is ${path}, which is a file. Set it to a folder of photos.`);
    accessSync(path, constants.R_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const isMissing =
      error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
    throw new ConfigError(
      isMissing
        ? `PHOTOS_DIR is ${path}, which does not exist. Set it to a folder of photos, or unset it to use the sample photos.`
        : `PHOTOS_DIR is ${path}, which this user may not read. Allow reading it, or choose another folder.`,
    );
  }
  return path;
}

function readCacheSwitch(value: string | undefined): boolean {
  if (value === undefined || value === 'on') return true;
  if (value === 'off') return false;
  throw new ConfigError(`CACHE is "${value}". Set it to off to run without a cache, or unset it.`);
}

function readFaceDistance(value: string | undefined): number {
  if (value === undefined) return 0.56;
  const distance = Number(value);
  if (!(distance >= 0.2 && distance <= 1)) {
    throw new ConfigError(
      `FACE_DISTANCE is "${value}". Set it to a number from 0.2 (strict) to 1 (loose); 0.56 fits most photos.`,
    );
  }
  return distance;
}

function readCacheEnv(env: Env): Env {
  const url = setting(env, 'REDIS_URL');
  if (url !== undefined) checkRedisUrl(url);
  const hasRedis = url !== undefined || setting(env, 'REDIS_HOST') !== undefined;
  return { ...env, ENVIRONMENT: setting(env, 'ENVIRONMENT') ?? (hasRedis ? 'production' : 'development') };
}

/** The URL itself may hold a password, so no message repeats it. */
function checkRedisUrl(value: string): void {
  const example = 'Set it to something like redis://127.0.0.1:6379, or unset it to keep the cache in memory.';
  if (!URL.canParse(value)) throw new ConfigError(`REDIS_URL is not a URL. ${example}`);
  const url = new URL(value);
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') {
    throw new ConfigError(
      `REDIS_URL begins with ${url.protocol}//, not with redis:// or rediss://. ${example}`,
    );
  }
  if (url.hostname === '') throw new ConfigError(`REDIS_URL names no host. ${example}`);
}

function readDataDir(env: Env): string {
  const chosen = setting(env, 'DATA_DIR');
  const path = chosen === undefined ? defaultDataDir(env) : resolve(chosen);
  try {
    mkdirSync(path, { recursive: true });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(
      `DATA_DIR ${path} cannot be used (${reason}). Set DATA_DIR to a folder that this user may write to.`,
    );
  }
  return path;
}

function defaultDataDir(env: Env): string {
  const xdg = setting(env, 'XDG_DATA_HOME');
  if (xdg !== undefined) return join(resolve(xdg), 'keepsake-demo');
  const home = homedir();
  return home === '' || home === '/'
    ? join(tmpdir(), 'keepsake-demo')
    : join(home, '.local', 'share', 'keepsake-demo');
}
