import { isMiss } from '@keepsake/core';
import { type RedisServer, startFaultProxy, startRedis } from '@keepsake/tooling/servers';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { decodeMessage } from '../src/bus/message.ts';
import { MAX_IN_FLIGHT } from '../src/connection.ts';
import { MAX_TOGETHER } from '../src/gathering.ts';
import { RedisBackend, RedisBus } from '../src/index.ts';
import { eventually, ownPrefix } from './harness.ts';
import { codeOf, item, look, MINUTE } from './items.ts';

/** Of their own, for the commands are counted in it. */
let server: RedisServer;
let redis: Redis;
let prefix: string;
let backend: RedisBackend;

const open = async (url: string, commandTimeout: number | `${number}ms` = 5): Promise<RedisBackend> => {
  const made = new RedisBackend({ url, prefix, commandTimeout });
  onTestFinished(() => made.close());
  await made.connect(10_000);
  return made;
};

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
  backend = await open(server.url);
});

/** Nothing is left of it. */
const OVER = { ...MINUTE, freshMs: 0 };

/** How often the server ran a script during `work`. */
const scriptsOf = async (work: () => Promise<unknown>): Promise<number> => {
  await redis.config('RESETSTAT');
  await work();
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0);
};

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `k${i}`);

const storeAll = (keys: readonly string[], value: unknown = 1): Promise<string[]> =>
  Promise.all(keys.map(async (key) => (await backend.setMany([item(key, value)])).join()));

const fenceOf = async (key: string, intent: 'fill' | 'fence' = 'fill') => {
  const read = await backend.get(key, intent);
  if (!isMiss(read) || !read.fence) throw new Error('expected a miss with a fence');
  return read.fence;
};

describe('stores of one tick', () => {
  it('are one command, whether one call asks for them or many', async () => {
    await storeAll(['warm']);
    expect(await scriptsOf(() => storeAll(names(MAX_TOGETHER)))).toBe(1);
    expect(await scriptsOf(() => backend.setMany(names(50).map((key) => item(key, 2))))).toBe(1);
    expect(new Set(await Promise.all(names(50).map((key) => look(backend, key))))).toEqual(new Set([2]));
  });

  it('are no more than a bound in one command, in number and in bytes', async () => {
    await storeAll(['warm']);
    expect(await scriptsOf(() => storeAll(names(10 * MAX_TOGETHER)))).toBe(10);
    // Two of 120 kB fit into 256 kB.
    expect(await scriptsOf(() => storeAll(names(20), 'x'.repeat(120_000)))).toBe(10);
    expect(await look(backend, 'k19')).toHaveLength(120_000);
  });

  it('are refused beyond the bound of what is under way, and the rest is stored', async () => {
    const codes = await Promise.all(
      names(MAX_IN_FLIGHT + 100).map((key) => codeOf(backend.setMany([item(key, 1)]))),
    );
    expect(codes.filter((code) => code === 'none')).toHaveLength(MAX_IN_FLIGHT);
    expect(codes.filter((code) => code === 'ERR_UNAVAILABLE')).toHaveLength(100);
    expect(await codeOf(backend.setMany([item('after', 1)]))).toBe('none');
  });

  it('of one key keep their order', async () => {
    const values = Array.from({ length: 120 }, (_, i) => i);
    await Promise.all(
      values.map((value) => backend.setMany([item(value % 3 === 0 ? 'other' : 'same', value)])),
    );
    expect([await look(backend, 'same'), await look(backend, 'other')]).toEqual([119, 117]);
    await backend.setMany(values.map((value) => item('same', value)));
    expect(await look(backend, 'same')).toBe(119);
  });

  it('have a condition, a limit and an outcome each', async () => {
    await backend.setMany([item('there', 'old'), item('long', 'old')]);
    const [good, lost, taken] = [
      await fenceOf('good'),
      await fenceOf('lost'),
      await fenceOf('taken', 'fence'),
    ];
    await backend.release([lost]);
    await backend.setMany([item('taken', 'by another')]);
    const outcomes = await Promise.all(
      [
        item('plain', 'new'),
        item('there', 'new', { condition: 'absent' }),
        item('good', 'new', { condition: good }),
        item('lost', 'new', { condition: lost }),
        item('long', 'x'.repeat(100), { maxBytes: 50 }),
        item('taken', 'new', { condition: taken }),
        item('free', 'new', { condition: 'absent' }),
        item('last', 'new'),
      ].map(async (one) => (await backend.setMany([one])).join()),
    );
    const expected = ['stored', 'present', 'stored', 'fenced', 'too-large', 'fenced', 'stored', 'stored'];
    expect(outcomes).toEqual(expected);
    const keys = ['plain', 'there', 'good', 'lost', 'long', 'taken', 'free', 'last'];
    const none = 'miss: never-set';
    expect(await Promise.all(keys.map((key) => look(backend, key)))).toEqual([
      'new',
      'old',
      'new',
      none,
      none,
      'by another',
      'new',
      'new',
    ]);
    expect(await redis.keys(`${prefix}~f:*`)).toEqual([]);
  });

  it('have a life each', async () => {
    const lives = Array.from({ length: 50 }, (_, i) => ({ ...MINUTE, freshMs: 100_000 * (i + 1) }));
    await backend.setMany([
      ...lives.map((life, i) => item(`k${i}`, 1, { life })),
      item('forever', 1, { life: { ...MINUTE, freshMs: Infinity } }),
      item('over', 1, { life: OVER }),
    ]);
    for (const [i, { freshMs }] of lives.entries()) {
      const left = await redis.pttl(`${prefix}k${i}`);
      expect(left).toBeGreaterThan(freshMs - 50_000);
      expect(left).toBeLessThanOrEqual(freshMs);
    }
    expect(await redis.pttl(`${prefix}forever`)).toBe(-1);
    expect(await look(backend, 'over')).toBe('miss: never-set');
  });

  it('end what depends on each of their keys, and fills do not', async () => {
    await backend.setMany([item('of k1', 1, { tags: ['#k1'] }), item('of k2', 1, { tags: ['#k2'] })]);
    // The first that depends on a key is stored dead: any change may have gone unnoticed before.
    await backend.setMany([item('of k1', 1, { tags: ['#k1'] }), item('of k2', 1, { tags: ['#k2'] })]);
    expect(await look(backend, 'of k2')).toBe(1);
    const [first, second] = [await fenceOf('k1'), await fenceOf('k3')];
    await backend.setMany([item('k1', 1, { condition: first }), item('k3', 1, { condition: second })]);
    expect(await look(backend, 'of k1')).toBe(1);
    await storeAll(names(4));
    expect([await look(backend, 'of k1'), await look(backend, 'of k2')]).toEqual(['miss: tag', 'miss: tag']);
  });

  it('are told in one message, with the keys of what was not filled', async () => {
    const bus = new RedisBus({ url: server.url, channel: ownPrefix() });
    const listener = new Redis(server.url);
    onTestFinished(async () => {
      listener.disconnect();
      await bus.close();
    });
    expect(backend.announceOn(bus, 'me')).toBe(true);
    const messages: unknown[] = [];
    listener.on('messageBuffer', (_, bytes: Buffer) => messages.push(decodeMessage(bytes)));
    await listener.subscribe(bus.channel);
    const fence = await fenceOf('filled');
    await backend.setMany([item('a', 1), item('filled', 1, { condition: fence }), item('b', 1)]);
    await eventually(() => messages.length > 0);
    await redis.publish(bus.channel, 'the end');
    await eventually(() => messages.includes(undefined));
    expect(messages).toEqual([{ kind: 'keys', keys: ['a', 'b'], mode: 'delete' }, undefined]);
  });
});

describe('reads for a fill in one tick', () => {
  const readAll = (keys: readonly string[], by = backend) =>
    Promise.all(keys.map((key) => by.get(key, 'fill')));

  /** Until reads no longer look before they ask for the lease. */
  const missOften = async (by = backend): Promise<void> => {
    for (let i = 0; i < 60; i += 1) {
      const read = await by.get(`missing ${i}`, 'fill');
      if (isMiss(read) && read.fence) await by.release([read.fence]);
    }
  };

  it('are one command, and as many fills another', async () => {
    await missOften();
    await storeAll(['warm']);
    const keys = names(MAX_TOGETHER);
    const reads: Awaited<ReturnType<typeof readAll>> = [];
    expect(await scriptsOf(async () => reads.push(...(await readAll(keys))))).toBe(1);
    const fences = reads.flatMap((read) => (isMiss(read) && read.fence ? [read.fence] : []));
    expect(new Set(fences.map(({ token }) => token)).size).toBe(MAX_TOGETHER);
    const fill = (fence: (typeof fences)[number]) =>
      backend.setMany([item(fence.key, 'made', { condition: fence })]);
    expect(await scriptsOf(() => Promise.all(fences.map(fill)))).toBe(1);
    expect(await look(backend, 'k49')).toBe('made');
    expect(await redis.keys(`${prefix}~f:*`)).toEqual([]);
    expect(await scriptsOf(() => readAll(names(10 * MAX_TOGETHER).map((key) => `new ${key}`)))).toBe(10);
  });

  it('find what is there, what another holds, and what is free, each for itself', async () => {
    const other = await open(server.url);
    await other.setMany([item('there', 'value'), item('dead', 1, { tags: ['t'] })]);
    await other.invalidateTags(['t'], 'delete');
    await other.increment('count', 7, 60_000);
    await redis.lpush(`${prefix}list`, 'x');
    await other.get('held', 'fill');
    await missOften();
    const keys = ['there', 'held', 'free', 'count', 'dead', 'list', 'free', 'there'];
    const reads = (await readAll(keys)).map((read) => {
      if (!isMiss(read)) return read.value;
      if (read.fence) return `${read.reason}, leased at ${read.fence.number > 0}`;
      return read.heldForMs === undefined ? read.reason : 'held';
    });
    const leased = 'never-set, leased at true';
    expect(reads).toEqual(['value', 'held', leased, 7, 'tag, leased at true', leased, 'held', 'value']);
  });

  it('take no lease where there is no memory, and find what is there', async () => {
    await using full = await startRedis({ args: ['--maxmemory-policy', 'noeviction'] });
    const admin = new Redis(full.url);
    onTestFinished(() => admin.disconnect());
    const there = await open(full.url);
    await there.setMany([item('k1', 'kept')]);
    await missOften(there);
    await admin.config('SET', 'maxmemory', '1mb');
    const reads = await readAll(names(3), there);
    expect(reads[0]).toEqual({ reason: 'never-set' });
    expect(reads[1]).toMatchObject({ value: 'kept' });
    expect(reads[2]).toEqual({ reason: 'never-set' });
  });

  it('go on where the server forgot the script, and fail together where no answer comes', async () => {
    await using proxy = await startFaultProxy(server.port);
    const behind = await open(proxy.url);
    await missOften(behind);
    await redis.script('FLUSH');
    const reads = await readAll(names(10), behind);
    expect(reads.filter((read) => isMiss(read) && read.fence)).toHaveLength(10);
    proxy.halfReply(5);
    const codes = await Promise.all(names(10).map((key) => codeOf(behind.get(`new ${key}`, 'fill'))));
    expect(new Set(codes)).toEqual(new Set(['ERR_UNAVAILABLE']));
  });
});

describe('a batch of stores whose server', () => {
  it('forgot the script is stored all the same', async () => {
    await storeAll(['warm']);
    await redis.script('FLUSH');
    expect(new Set(await storeAll(names(120)))).toEqual(new Set(['stored']));
    expect(await look(backend, 'k119')).toBe(1);
  });

  it('answers in vain has no outcome for any of its items', async () => {
    await using proxy = await startFaultProxy(server.port);
    const behind = await open(proxy.url);
    await behind.setMany([item('warm', 1)]);
    proxy.halfReply(5);
    const codes = await Promise.all(names(20).map((key) => codeOf(behind.setMany([item(key, 'in vain')]))));
    expect(new Set(codes)).toEqual(new Set(['ERR_UNAVAILABLE']));
    await eventually(async () => (await codeOf(behind.setMany([item('after', 1)]))) === 'none');
  });

  it('answers another of one call in vain has the outcome unknown', async () => {
    await using proxy = await startFaultProxy(server.port);
    const behind = await open(proxy.url);
    await behind.setMany([item('warm', 1)]);
    const many = names(2 * MAX_TOGETHER);
    // The answer to the first fifty: a head, the time of 13 digits, and an outcome of four bytes each.
    proxy.halfReply(5 + 16 + 50 * 4 + 10);
    const outcomes = await behind.setMany(many.map((key) => item(key, 1)));
    expect(outcomes.slice(0, 50)).toEqual(names(50).map(() => 'stored'));
    expect(outcomes.slice(50)).toEqual(names(50).map(() => 'unknown'));
  });

  it('has no memory is refused whole, and keeps nothing old, whichever comes first', async () => {
    await using full = await startRedis({ args: ['--maxmemory', '3mb', '--maxmemory-policy', 'noeviction'] });
    const admin = new Redis(full.url);
    onTestFinished(() => admin.disconnect());
    const there = await open(full.url);
    await there.setMany(names(4).map((key) => item(key, 'old')));
    await admin.config('SET', 'maxmemory', '1mb');
    const long = item('k0', 'x'.repeat(100), { maxBytes: 50 });
    const over = item('k3', 'over', { life: OVER });
    const outcomes = await there.setMany([long, over, item('k1', 'new'), item('k2', 'new')]);
    expect(outcomes).toEqual(['too-large', 'stored', 'full', 'full']);
    expect(await Promise.all(names(4).map((key) => look(there, key)))).toEqual(
      names(4).map(() => 'miss: never-set'),
    );
  });

  it('refuses to publish has stored none of them, and all fills beside them', async () => {
    const bus = new RedisBus({ url: server.url, channel: ownPrefix() });
    await redis.call('ACL', 'SETUSER', 'silent', 'on', '>pw', '~*', '+@all', '-publish', 'allchannels');
    const silent = await open(server.url.replace('//', '//silent:pw@'));
    onTestFinished(() => bus.close());
    silent.announceOn(bus, 'me');
    const read = await silent.get('filled', 'fill');
    const fence = isMiss(read) && read.fence ? read.fence : 'absent';
    const outcomes = await silent.setMany([
      item('a', 1),
      item('filled', 1, { condition: fence }),
      item('b', 1),
    ]);
    expect(outcomes).toEqual(['unknown', 'stored', 'unknown']);
    expect([await look(backend, 'a'), await look(backend, 'b')]).toEqual(
      names(2).map(() => 'miss: never-set'),
    );
  });

  it('was frozen until their deadline does nothing late', async () => {
    const hasty = await open(server.url, '300ms');
    await hasty.setMany([item('k0', 'before')]);
    await redis.call('CLIENT', 'PAUSE', '60000', 'WRITE');
    const codes = await Promise.all(names(3).map((key) => codeOf(hasty.setMany([item(key, 'late')]))));
    await redis.call('CLIENT', 'UNPAUSE');
    expect(codes).toEqual(['ERR_TIMEOUT', 'ERR_TIMEOUT', 'ERR_TIMEOUT']);
    await eventually(async () => (await codeOf(hasty.setMany([item('after', 1)]))) === 'none');
    expect([await look(backend, 'k0'), await look(backend, 'k1')]).toEqual(['before', 'miss: never-set']);
  });
});
