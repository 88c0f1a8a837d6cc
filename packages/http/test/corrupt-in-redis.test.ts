import { randomUUID } from 'node:crypto';
import { type Cache, createCache } from '@keepsake/core';
import { RedisBackend } from '@keepsake/redis';
import { ask, testRedisUrl } from '@keepsake/tooling/servers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Received, send } from './client.ts';
import { counted, fresh } from './origin.ts';
import { type Running, start } from './subjects.ts';

const port = Number(new URL(testRedisUrl()).port);

/** KEYS: what is spoilt. ARGV: how, at which byte. What was there the first time is spoilt each time. */
const SPOIL = `
local whole = redis.call('GET', KEYS[1] .. '~whole')
if not whole then
  whole = redis.call('GET', KEYS[1])
  redis.call('SET', KEYS[1] .. '~whole', whole)
end
local at = tonumber(ARGV[2])
local spoilt = string.sub(whole, 1, at)
if ARGV[1] == 'flip' then
  spoilt = spoilt .. string.char(255 - string.byte(whole, at + 1)) .. string.sub(whole, at + 2)
end
redis.call('SET', KEYS[1], spoilt)
redis.call('SET', KEYS[1] .. '~spoilt', spoilt)
return #whole`;

/** 1 where what was spoilt has been replaced. */
const IS_MENDED = `return redis.call('GET', KEYS[1]) ~= redis.call('GET', KEYS[1] .. '~spoilt') and 1 or 0`;

describe('an entry in Redis', () => {
  const prefix = `http-corrupt-${randomUUID()}:`;
  const handler = counted(() => fresh('page', ['X-A', 'a']));
  let cache: Cache;
  let server: Running;
  let key: string;

  const get = (): Promise<Received> => send(server.port, '/a');
  const spoil = async (how: 'flip' | 'cut', at: number): Promise<number> =>
    Number(await ask(port, 'EVAL', SPOIL, 1, key, how, at));
  const isMended = async (): Promise<void> => expect(await ask(port, 'EVAL', IS_MENDED, 1, key)).toBe(1);

  beforeAll(async () => {
    cache = createCache({
      l1: false,
      l2: new RedisBackend({ url: testRedisUrl(), prefix, commandTimeout: 5 }),
      l2Timeout: 5,
    });
    await cache.connect({ timeout: 10 });
    server = await start('node', handler, { cache });
    await get();
    key = await vi.waitFor(async () => {
      const [found] = (await ask(port, 'KEYS', `${prefix}http:response:*`)) as string[];
      if (found === undefined) throw new Error('not stored yet');
      return found;
    });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await cache.close();
  });

  it.each([
    ['has any one byte changed', 'flip'],
    ['is cut off anywhere', 'cut'],
  ] as const)('that %s is a miss', async (_, how) => {
    const length = await spoil(how, 0);
    expect(length).toBeGreaterThan(100);
    const believed: number[] = [];
    for (let at = 0; at < length; at += 1) {
      await spoil(how, at);
      const runs = handler.runs;
      const { status, text, header } = await get();
      expect([status, text, header('x-a')]).toEqual([200, 'page', 'a']);
      if (handler.runs === runs) believed.push(at);
      // The response has its last byte before Redis has it, and what follows is to be spoilt in turn.
      else await vi.waitFor(isMended, { interval: 1, timeout: 5_000 });
    }
    expect(believed).toEqual([]);
  });
});
