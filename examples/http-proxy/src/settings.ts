import { ADAPTERS, type AdapterName, isAdapterName } from './adapters/index.ts';

/** What the environment says, checked once. */
export interface Settings {
  /** 0 = any free port. */
  readonly port: number;
  readonly origin: URL;
  readonly redisUrl: string | undefined;
  readonly adapter: AdapterName;
  readonly preset: 'safe' | 'conformance';
  /** How late the second tier answers; 0: there is none but Redis, if that is set. */
  readonly l2DelayMs: number;
}

/** A setting that cannot work: the message says which one and what to write. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

type Env = Readonly<Record<string, string | undefined>>;

/** @throws SettingsError */
export const readSettings = (env: Env): Settings => ({
  port: wholeNumber(env, 'PORT', 8080, 65_535),
  origin: readOrigin(env),
  redisUrl: setting(env, 'REDIS_URL'),
  adapter: readAdapter(env),
  preset: readPreset(env),
  l2DelayMs: wholeNumber(env, 'L2_DELAY_MS', 0, 60_000),
});

/** A variable that is set to nothing counts as not set. */
const setting = (env: Env, name: string): string | undefined => {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
};

const wholeNumber = (env: Env, name: string, fallback: number, most: number): number => {
  const value = setting(env, name);
  if (value === undefined) return fallback;
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (number <= most) return number;
  throw new SettingsError(`${name} is "${value}". Set it to a whole number from 0 to ${most}.`);
};

const readOrigin = (env: Env): URL => {
  const value = setting(env, 'ORIGIN') ?? '';
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol === 'http:' && url.pathname === '/' && url.search === '') return url;
  throw new SettingsError(
    `ORIGIN is "${value}". Set it to the server behind, such as http://127.0.0.1:3000.`,
  );
};

const readAdapter = (env: Env): AdapterName => {
  const value = setting(env, 'ADAPTER') ?? 'node';
  if (isAdapterName(value)) return value;
  throw new SettingsError(`ADAPTER is "${value}". Set it to one of ${Object.keys(ADAPTERS).join(', ')}.`);
};

const readPreset = (env: Env): Settings['preset'] => {
  const value = setting(env, 'PRESET') ?? 'safe';
  if (value === 'safe' || value === 'conformance') return value;
  throw new SettingsError(`PRESET is "${value}". Set it to safe or conformance.`);
};
