import { type BackendEvent, isMiss } from '@keepsake/core';
import { type RedisServer, startRedis } from '@keepsake/tooling/servers';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { MAX_IN_FLIGHT, RedisConnection } from '../src/connection.ts';
import { EntryReader } from '../src/entry-reader.ts';
import { RedisBackend } from '../src/index.ts';
import { KeySpace } from '../src/key-space.ts';
import { OneServer } from '../src/one-server.ts';
import { resolveOptions } from '../src/options.ts';
import { TagRecords } from '../src/tag-records.ts';
import { MAX_GATHERED } from '../src/value-reads.ts';
import { eventually, ownPrefix } from './harness.ts';
import { codeOf, item, look } from './items.ts';

/** Of their own, for the commands are counted in it. */
let server: RedisServer;
let redis: Redis;
let prefix: string;
let backend: RedisBackend;

beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});
beforeEach(async () => {
  prefix = ownPrefix();
  backend = makeBackend();
  await backend.connect(10_000);
  onTestFinished(() => backend.close());
});

const makeBackend = (): RedisBackend => new RedisBackend({ url: server.url, prefix, commandTimeout: 5 });

/** How often the server ran each command during `work`. */
const commandsOf = async (work: () => Promise<unknown>): Promise<Record<string, number>> => {
  await redis.config('RESETSTAT');
  await work();
  const counts: Record<string, number> = {};
  for (const [, name, calls] of (await redis.info('commandstats')).matchAll(/cmdstat_(\w+):calls=(\d+)/g)) {
    if (name !== undefined) counts[name] = Number(calls);
  }
  return counts;
};

const readAll = (keys: readonly string[]): Promise<unknown[]> =>
  Promise.all(keys.map((key) => look(backend, key)));

describe('reads of one tick', () => {
  it('are one command, and a read alone is a GET', async () => {
    const keys = Array.from({ length: 40 }, (_, i) => `k${i}`);
    await backend.setMany(keys.map((key, i) => item(key, i)));
    const alone = await commandsOf(async () => {
      for (const key of keys) await look(backend, key);
    });
    expect(alone).toMatchObject({ get: 40 });
    expect(alone).not.toHaveProperty('mget');
    const together = await commandsOf(async () => expect(await readAll(keys)).toEqual(keys.map((_, i) => i)));
    expect(together).toMatchObject({ mget: 1 });
    expect(together).not.toHaveProperty('get');
  });

  it(`are at most ${MAX_GATHERED} a command, fewer where values are large`, async () => {
    const keys = Array.from({ length: MAX_GATHERED * 3 }, (_, i) => `k${i}`);
    await backend.setMany(keys.map((key) => item(key, 'v')));
    expect(await commandsOf(() => readAll(keys))).toMatchObject({ mget: 3 });
    const large = Array.from({ length: 12 }, (_, i) => `large${i}`);
    await backend.setMany(large.map((key) => item(key, 'x'.repeat(150_000))));
    for (const key of large) await look(backend, key);
    const counts = await commandsOf(() => readAll(large));
    expect((counts['get'] ?? 0) + (counts['mget'] ?? 0)).toBeGreaterThan(5);
  });

  it('get each its own answer: values, misses, counters, damage, the same key twice', async () => {
    await backend.setMany([item('a', 1), item('tagged', 2, { tags: ['t'] })]);
    await backend.increment('n', 7, 60_000);
    await redis.set(`${prefix}bad`, 'not ours');
    expect(await readAll(['a', 'absent', 'n', 'bad', 'tagged', 'a'])).toEqual([
      1,
      'miss: never-set',
      7,
      'miss: corrupt',
      2,
      1,
    ]);
  });

  it('of a key that holds another type of data are a miss, and an event follows', async () => {
    const events: BackendEvent[] = [];
    backend.subscribe((event) => events.push(event));
    await backend.setMany([item('a', 1)]);
    await redis.rpush(`${prefix}list`, 'x');
    expect(await readAll(['a', 'list', 'absent'])).toEqual([1, 'miss: never-set', 'miss: never-set']);
    await eventually(() => events.length > 0);
    expect(events).toEqual([{ type: 'corrupt', key: 'list', detail: 'it holds another type of data' }]);
    expect(await redis.type(`${prefix}list`)).toBe('list');
  });

  it('fail together, each with the failure, and the next ones are answered', async () => {
    await backend.setMany([item('a', 1)]);
    await redis.config('RESETSTAT');
    const own = await startRedis();
    const other = new RedisBackend({ url: own.url, commandTimeout: 5 });
    onTestFinished(async () => {
      await other.close();
      await own.stop();
    });
    await other.connect(10_000);
    own.pause();
    const underWay = Promise.all(
      ['a', 'b', 'c'].map((key) => codeOf(Promise.resolve(other.get(key, 'read')))),
    );
    await own.kill();
    expect(await underWay).toEqual(['ERR_UNAVAILABLE', 'ERR_UNAVAILABLE', 'ERR_UNAVAILABLE']);
    await own.restart();
    await eventually(async () => (await codeOf(Promise.resolve(other.get('a', 'read')))) === 'none');
  });

  it('are refused with ERR_CLOSED after close, those of the same tick too', async () => {
    const codes = Promise.all(['a', 'b'].map((key) => codeOf(Promise.resolve(backend.get(key, 'read')))));
    await backend.close();
    expect(await codes).toEqual(['ERR_CLOSED', 'ERR_CLOSED']);
  });

  it('are refused beyond what may be under way', async () => {
    const codes = await Promise.all(
      Array.from({ length: MAX_IN_FLIGHT + 50 }, (_, i) =>
        codeOf(Promise.resolve(backend.get(`k${i}`, 'read'))),
      ),
    );
    expect(codes.filter((code) => code === 'ERR_UNAVAILABLE')).toHaveLength(50);
    expect(await look(backend, 'k')).toBe('miss: never-set');
  });
});

describe('reads of tagged entries', () => {
  it('ask for the records with the value once the tags are known', async () => {
    await backend.setMany([item('k', 'v', { tags: ['a', 'b'] })]);
    const first = await commandsOf(() => look(backend, 'k'));
    expect(first).toMatchObject({ get: 1, mget: 1 });
    const second = await commandsOf(async () => expect(await look(backend, 'k')).toBe('v'));
    expect(second).toMatchObject({ mget: 1 });
    expect(second).not.toHaveProperty('get');
    const many = await commandsOf(() => Promise.resolve(backend.getMany(['k', 'x'], 'read')));
    expect(many).toMatchObject({ mget: 1 });
  });

  it('of which another process has changed the tags are judged by what they carry now', async () => {
    await using peer = { backend: makeBackend(), [Symbol.asyncDispose]: () => peer.backend.close() };
    await backend.setMany([item('k', 'old', { tags: ['a'] })]);
    expect([await look(backend, 'k'), await look(backend, 'k')]).toEqual(['old', 'old']);
    await peer.backend.setMany([item('k', 'new', { tags: ['b'] })]);
    await peer.backend.invalidateTags(['a'], 'delete');
    expect(await look(backend, 'k')).toBe('new');
    await peer.backend.setMany([item('k', 'newer', { tags: ['b', 'c'] })]);
    await peer.backend.invalidateTags(['c'], 'delete');
    expect(await look(backend, 'k')).toBe('miss: tag');
    await peer.backend.setMany([item('k', 'plain')]);
    expect(await look(backend, 'k')).toBe('plain');
    expect(await commandsOf(() => look(backend, 'k'))).toMatchObject({ get: 1 });
  });

  it('never see what an acknowledged invalidation of a peer has hit, whatever is remembered', async () => {
    await using peer = { backend: makeBackend(), [Symbol.asyncDispose]: () => peer.backend.close() };
    const tagsOf = [['a'], ['b'], ['a', 'b'], []];
    for (let round = 0; round < 200; round += 1) {
      const tags = tagsOf[round % tagsOf.length] ?? [];
      const keys = Array.from({ length: 1 + (round % 5) }, (_, i) => `k${i}`);
      await peer.backend.setMany(keys.map((key) => item(key, round, { tags })));
      expect(new Set(await readAll(keys))).toEqual(new Set([round]));
      const gone = round % 3 === 0 ? 'b' : 'a';
      await peer.backend.invalidateTags([gone], round % 2 === 0 ? 'delete' : 'expire');
      const expected = tags.includes(gone) ? 'miss: tag' : round;
      expect(new Set(await readAll(keys))).toEqual(new Set([expected]));
    }
  });

  it('are judged by records that are read after the value, where those that came with it do not suffice', async () => {
    const { values, clock } = resolveOptions({ url: server.url, prefix });
    const connection = new RedisConnection({ url: server.url, commandTimeoutMs: 5_000, clock });
    onTestFinished(() => connection.close());
    await connection.connect(10_000);
    const keySpace = new KeySpace(prefix);
    const servers = new OneServer(connection);
    const records = new TagRecords(servers, keySpace);
    const reader = new EntryReader(servers, keySpace, records, values, () => undefined);
    await backend.setMany([item('k', 'v', { tags: ['a', 'b'] })]);
    const bytes = (await redis.getBuffer(`${prefix}k`)) ?? undefined;
    const [ofA, ofAll] = [await records.read(['a']), await records.read(['a', 'b'])];
    // The value has been read, and `b` is invalidated before its record is.
    await backend.invalidateTags(['b'], 'delete');
    expect(await reader.resolveOne({ key: 'k', bytes })).toEqual({ reason: 'tag' });
    expect(await reader.resolveOne({ key: 'k', bytes, states: ofA })).toEqual({ reason: 'tag' });
    expect(await reader.resolve([{ key: 'k', bytes, states: ofA }])).toEqual([{ reason: 'tag' }]);
    // What came in one command with the value is as good as the value.
    const together = await reader.resolveOne({ key: 'k', bytes, states: ofAll });
    expect(isMiss(together)).toBe(false);
    expect(records.hints.of('k')).toEqual(['a', 'b']);
  });

  it('of more records than one command takes are still right', async () => {
    const keys = Array.from({ length: 90 }, (_, i) => `k${i}`);
    const tagsOf = (i: number): string[] => Array.from({ length: 16 }, (_, n) => `t${i}-${n}`);
    await backend.setMany(keys.map((key, i) => item(key, i, { tags: tagsOf(i) })));
    expect(await readAll(keys)).toEqual(keys.map((_, i) => i));
    await backend.invalidateTags(['t3-0', 't80-15'], 'delete');
    const expected = keys.map((_, i) => (i === 3 || i === 80 ? 'miss: tag' : i));
    expect(await readAll(keys)).toEqual(expected);
  });
});

describe('reads for a fill', () => {
  it('are gathered while values are found, and take the lease at once where they are not', async () => {
    const keys = Array.from({ length: 30 }, (_, i) => `k${i}`);
    await backend.setMany(keys.map((key, i) => item(key, i)));
    const warm = await commandsOf(() => Promise.all(keys.map((key) => backend.get(key, 'fill'))));
    expect(warm).toMatchObject({ mget: 1 });
    expect(warm).not.toHaveProperty('evalsha');
    for (let i = 0; i < 100; i += 1) await backend.get(`absent${i}`, 'fill');
    const cold = await commandsOf(() => backend.get('absent', 'fill'));
    expect(cold).toMatchObject({ evalsha: 1 });
    // The script finds them; then they are looked for first again.
    for (const key of keys) expect(await backend.get(key, 'fill')).toHaveProperty('value');
    const warmAgain = await commandsOf(() => backend.get('k1', 'fill'));
    expect(warmAgain).not.toHaveProperty('evalsha');
  });

  it('of what is dead by its tags give a fence, and the fill replaces it', async () => {
    await backend.setMany([item('k', 'old', { tags: ['t'] })]);
    await look(backend, 'k');
    await backend.invalidateTags(['t'], 'delete');
    const read = await backend.get('k', 'fill');
    if (!isMiss(read) || !read.fence) throw new Error('expected a miss with a fence');
    expect(read.reason).toBe('tag');
    expect(await backend.setMany([item('k', 'new', { condition: read.fence })])).toEqual(['stored']);
    expect(await look(backend, 'k')).toBe('new');
  });

  it('of a key that holds another type of data give a fence', async () => {
    await redis.rpush(`${prefix}list`, 'x');
    expect(await backend.get('list', 'fill')).toHaveProperty('fence');
  });
});
