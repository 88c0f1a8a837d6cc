/** What nobody knows is not ignored in silence. */
import type { CacheOptions } from '@keepsake/core';
import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createCacheFromEnv, createRedisCache, RedisBackend, RedisBus } from '../src/index.ts';
import { refuseUnknown, suggestion } from '@keepsake/core/words';

const url = 'redis://127.0.0.1:1';
const makers: Record<string, (options: object) => unknown> = {
  RedisBackend: (options) => new RedisBackend(options),
  RedisBus: (options) => new RedisBus(options),
  createRedisCache: (options) => createRedisCache(options as { url: string }),
  createCacheFromEnv: (options) => createCacheFromEnv({ ENVIRONMENT: 'test' }, options),
};

describe.each(Object.entries(makers))('%s', (name, make) => {
  it('refuses an option that is not known, and does not repeat what was given for it', () => {
    const work = (): unknown => make({ ...(name !== 'createCacheFromEnv' && { url }), colour: 'secret' });
    expect(work).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
    expect(work).toThrow(new RegExp(`^${name}: there is no option 'colour'$`));
  });

  it('refuses what is no object of options', () => {
    for (const options of [null, 'redis://:secret@host', 5]) {
      const work = (): unknown => make(options as never);
      expect(work).toThrow(`${name}: expected an object of options`);
    }
  });
});

it('names the option that a slip was to be', () => {
  expect(() => new RedisBackend({ url, prefx: 'a' } as never)).toThrow("did you mean 'prefix'?");
  expect(() => new RedisBus({ url, chanel: 'a' } as never)).toThrow("did you mean 'channel'?");
  expect(() => createRedisCache({ url, tll: 5 } as never)).toThrow("did you mean 'ttl'?");
  expect(() => new RedisBackend(undefined as never)).toThrow('RedisBackend: expected an object');
});

it('an unknown option that is undefined says nothing', () => {
  expect(() => new RedisBackend({ url, prefx: undefined } as never)).not.toThrow();
});

it('createRedisCache without a URL names what it takes, and nothing that it does not', () => {
  expect(() => createRedisCache({} as never)).toThrow(/^createRedisCache: give `url`$/);
});

it('neither URL nor client is told from both', () => {
  const client = new Redis({ lazyConnect: true });
  onTestFinished(() => client.disconnect());
  expect(() => new RedisBackend({ url: undefined })).toThrow('either `url` or `client`: both are undefined');
  expect(() => new RedisBackend({ url, client })).toThrow('either `url` or `client`: not both');
});

it('createRedisCache takes every option of a cache but l2', async () => {
  const options: Omit<Required<CacheOptions>, 'l1' | 'l2' | 'bus' | 'clock' | 'logger' | 'tracking'> = {
    name: 'all',
    namespace: 'n',
    onBusLoss: 'serve',
    ttl: 5,
    swr: 1,
    grace: 1,
    sliding: false,
    softTimeout: 1,
    hardTimeout: 1,
    deadline: 1,
    earlyRefresh: false,
    ttlJitter: 0,
    negativeTtl: 1,
    l2Timeout: 1,
    staleness: 1,
    maxValueBytes: 1,
    maxConcurrentLoads: 1,
    isolation: 'copy',
    stats: true,
  };
  await createRedisCache({ url, ...options, l1: { maxEntries: 1 } }).close();
});

it('a URL of no known scheme is told all four', () => {
  for (const scheme of ['redis:', 'rediss:', 'redis+cluster:', 'redis+sentinel:']) {
    expect(() => new RedisBackend({ url: 'http://host' })).toThrow(scheme);
  }
});

describe('a suggestion', () => {
  it.each([
    ['tll', 'ttl'],
    ['tttl', 'ttl'],
    ['tl', 'ttl'],
    ['lt', 'l1'],
    ['prefxi', 'prefix'],
  ])('for %s is %s', (word, meant) => {
    expect(suggestion(word, ['ttl', 'l1', 'prefix'])).toBe(`; did you mean '${meant}'?`);
  });

  it('is none where three letters differ, or a name is that of an inherited property', () => {
    expect(suggestion('pre', ['prefix'])).toBe('');
    expect(() => refuseUnknown('it', { constructor: 1 }, { prefix: true })).toThrow("'constructor'");
  });

  it('for a long word is found at once', () => {
    expect(suggestion('a'.repeat(100_000), ['prefix', 'a'.repeat(50)])).toBe('');
  });
});
