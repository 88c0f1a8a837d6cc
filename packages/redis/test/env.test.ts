import { randomUUID } from 'node:crypto';
import { testRedisUrl } from '@keepsake/tooling/servers';
import { describe, expect, it } from 'vitest';
import { createCacheFromEnv, createRedisCache, type Environment, redisUrlFromEnv } from '../src/index.ts';
import { plainClient } from './harness.ts';

const SECRET = 'hunter2';

/** The error that the environment gives. */
const mistake = (env: Environment): unknown => {
  try {
    void createCacheFromEnv(env).close();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('options of the backend', () => {
  const url = 'redis://127.0.0.1:1';
  const values = {
    l2: {},
    client: {},
    prefix: 'a:',
    codec: 'json',
    compress: {},
    encrypt: {},
    commandTimeout: 1,
  };

  // A cache that was made in spite of them is closed, so that nothing of it stays.
  it.each(Object.entries(values))('%s is refused, not left out in silence', (name, value) => {
    const given = { [name]: value };
    for (const make of [
      () => createRedisCache({ url, ...given }),
      () => createCacheFromEnv({ ENVIRONMENT: 'development' }, given),
    ]) {
      expect(() => void make().close()).toThrow(
        expect.objectContaining({
          code: 'ERR_OPTION',
          message: expect.stringContaining(`${name}: `) as string,
        }),
      );
    }
  });

  it('takes an option that is undefined for one that is not given, and refuses what is no object', async () => {
    const given = { url, encrypt: undefined };
    await createRedisCache(given).close();
    for (const none of [undefined, null, url]) {
      expect(() => createRedisCache(none as never)).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
    }
  });
});

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
    ['a host of an empty label', { REDIS_HOST: 'h..x' }, 'REDIS_HOST'],
    ['a host that begins with a dash', { REDIS_HOST: '-h' }, 'REDIS_HOST'],
    ['a host that is nearly an address', { REDIS_HOST: '10.0.0.256' }, 'REDIS_HOST'],
    ['a host of five numbers', { REDIS_HOST: '1.2.3.4.5' }, 'REDIS_HOST'],
    ['a host that is nearly an IPv6 address', { REDIS_HOST: '[::g]' }, 'REDIS_HOST'],
    ['two hosts', { REDIS_HOST: 'a,b' }, 'REDIS_HOST'],
    ['a host with NUL in it', { REDIS_HOST: 'h\u0000' }, 'REDIS_HOST'],
    ['a host that is no text', { REDIS_HOST: 7 } as never, 'REDIS_HOST'],
    ['a port that is no text', { REDIS_HOST: 'h', REDIS_PORT: 6_379 } as never, 'REDIS_PORT'],
    ['an environment that is no text', { ENVIRONMENT: true } as never, 'ENVIRONMENT'],
    ['no variables at all', undefined as never, 'REDIS_URL'],
    ['half a character', { REDIS_HOST: 'h', REDIS_PASSWORD: `${SECRET}\ud800` }, 'REDIS_PASSWORD'],
    ['a database of a fraction', { REDIS_HOST: 'h', REDIS_DB: '1.5' }, 'REDIS_DB'],
    ['a negative database', { REDIS_HOST: 'h', REDIS_DB: '-1' }, 'REDIS_DB'],
    ['two URLs', { REDIS_URL: `redis://:${SECRET}@h1,redis://h2` }, 'REDIS_URL'],
    ['a URL in quotes', { REDIS_URL: `"redis://:${SECRET}@h"` }, 'REDIS_URL'],
    ['a URL of two databases', { REDIS_URL: `redis://:${SECRET}@h/0/1` }, 'REDIS_URL'],
    ['a URL of sentinels', { REDIS_URL: `redis+sentinel://:${SECRET}@h` }, 'REDIS_URL'],
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
    [{ REDIS_HOST: '[::1]' }, 'redis://[::1]:6379/0'],
    [{ REDIS_HOST: '10.0.0.1' }, 'redis://10.0.0.1:6379/0'],
    [{ REDIS_HOST: 'my_redis-1.svc.local.' }, 'redis://my_redis-1.svc.local.:6379/0'],
    [{ REDIS_HOST: ' h\n', REDIS_PORT: ' 7000 ' }, 'redis://h:7000/0'],
    [{ REDIS_HOST: 'h', REDIS_PASSWORD: ' a b ' }, 'redis://:%20a%20b%20@h:6379/0'],
    [{ REDIS_HOST: 'h', REDIS_PASSWORD: 'secret\r\n' }, 'redis://:secret@h:6379/0'],
    [{ REDIS_URL: ' redis://h\n', REDIS_PORT: 'ignored' }, 'redis://h'],
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
