import { randomUUID } from 'node:crypto';
import { testRedisUrl } from '@keepsake/tooling/servers';
import { describe, expect, it } from 'vitest';
import { createCacheFromEnv, createRedisCache, type Environment, redisUrlFromEnv } from '../src/index.ts';
import { plainClient } from './harness.ts';

const SECRET = 'hunter2';

/** The error that the environment gives. */
const mistake = (env: Environment): unknown => {
  try {
    redisUrlFromEnv(env);
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('the environment', () => {
  it.each<[name: string, env: Environment, says: string]>([
    ['nothing at all', {}, 'REDIS_URL'],
    ['empty variables', { REDIS_URL: '', REDIS_HOST: '  ' }, 'REDIS_URL'],
    ['another environment without Redis', { ENVIRONMENT: 'production' }, 'REDIS_URL'],
    ['a port without a host', { REDIS_PORT: '6379' }, 'REDIS_HOST'],
    ['a URL of another scheme', { REDIS_URL: `http://:${SECRET}@h` }, 'REDIS_URL'],
    ['a URL without a scheme', { REDIS_URL: `:${SECRET}@h:6379` }, 'REDIS_URL'],
    ['a URL without a host', { REDIS_URL: `redis://:${SECRET}@` }, 'REDIS_URL'],
    ['a URL with a port too high', { REDIS_URL: `redis://:${SECRET}@h:70000` }, 'port'],
    ['a URL with port 0', { REDIS_URL: `redis://:${SECRET}@h:0` }, 'port'],
    ['a URL with a name for a database', { REDIS_URL: `redis://:${SECRET}@h/main` }, 'database'],
    ['a URL with a query', { REDIS_URL: `redis://:${SECRET}@h?db=1` }, 'query'],
    ['a URL with a # in the password', { REDIS_URL: `redis://:${SECRET}#x@h` }, 'REDIS_URL'],
    ['a URL with a stray %', { REDIS_URL: `redis://:${SECRET}%zz@h` }, '%-encoding'],
    ['a host with a scheme', { REDIS_HOST: `redis://${SECRET}` }, 'REDIS_HOST'],
    ['a host with a port', { REDIS_HOST: 'h:6379' }, 'REDIS_HOST'],
    ['a host with a space', { REDIS_HOST: 'my host' }, 'REDIS_HOST'],
    ['a port that is no number', { REDIS_HOST: 'h', REDIS_PORT: `${SECRET}` }, 'REDIS_PORT'],
    ['a port too high', { REDIS_HOST: 'h', REDIS_PORT: '65536' }, 'REDIS_PORT'],
    ['a negative port', { REDIS_HOST: 'h', REDIS_PORT: '-1' }, 'REDIS_PORT'],
    ['a database that is no number', { REDIS_HOST: 'h', REDIS_DB: `${SECRET}` }, 'REDIS_DB'],
  ])('%s is named, and never repeated', (_, env, says) => {
    expect(mistake(env)).toMatchObject({ code: 'ERR_ENV' });
    expect(String(mistake(env))).toContain(says);
    expect(String(mistake(env))).not.toContain(SECRET);
  });

  it.each<[env: Environment, url: string]>([
    [{ REDIS_URL: 'rediss://u:p@h:1/2', REDIS_HOST: 'other' }, 'rediss://u:p@h:1/2'],
    [{ REDIS_HOST: 'h' }, 'redis://h:6379/0'],
    [{ REDIS_HOST: 'h', REDIS_PORT: '7000', REDIS_DB: '3' }, 'redis://h:7000/3'],
    [{ REDIS_HOST: 'h', REDIS_PASSWORD: 'a@b/c' }, 'redis://:a%40b%2Fc@h:6379/0'],
    [{ REDIS_HOST: '::1' }, 'redis://[::1]:6379/0'],
  ])('%j is %s', (env, url) => {
    expect(redisUrlFromEnv(env)).toBe(url);
  });

  it.each(['development', 'test'])('%s is memory, whatever else is set', async (environment) => {
    const cache = createCacheFromEnv({ ENVIRONMENT: environment, REDIS_URL: 'no url at all' });
    await cache.set('k', 1);
    expect((await cache.inspect('k')).tier).toBe('l1');
    await cache.close();
  });

  it('otherwise is Redis: what one cache stores another process reads', async () => {
    const namespace = randomUUID();
    const env = { ENVIRONMENT: 'production', REDIS_URL: testRedisUrl() };
    const [one, other] = [createCacheFromEnv(env, { namespace }), createCacheFromEnv(env, { namespace })];
    await one.connect();
    await other.connect();
    expect(await one.set('k', new Map([[1, new Date(2)]]))).toBe(true);
    expect(await other.get('k')).toEqual(new Map([[1, new Date(2)]]));
    const redis = plainClient();
    expect(await redis.del(`ks:${namespace}:k`)).toBe(1);
    redis.disconnect();
    await one.close();
    await other.close();
  });
});

it('a bad URL throws ERR_OPTION and does not repeat it', () => {
  for (const url of [`tcp://:${SECRET}@h`, '', `redis://:${SECRET}@:1`]) {
    try {
      void createRedisCache({ url }).close();
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'ERR_OPTION' });
      expect(String(error)).not.toContain(SECRET);
    }
  }
});
