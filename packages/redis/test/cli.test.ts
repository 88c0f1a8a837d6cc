import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { createCache } from '@keepsake/core';
import { findFreePort, type RedisServer, startRedis, testRedisUrl } from '@keepsake/tooling/servers';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommandLine } from '../src/cli/run.ts';
import { processTerminal, type Terminal } from '../src/cli/terminal.ts';
import { createRedisCache, RedisBackend } from '../src/index.ts';
import { bundle } from './bundle.ts';
import { eventually, makeBackend, ownPrefix, plainClient } from './harness.ts';
import { FOREVER, item, look } from './items.ts';

const SECRET = 'hunter2';
const KEY = Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString('base64');

let folder: string;
let program: string;
let redis: Redis;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepsake-cli-'));
  program = join(folder, 'cli.mjs');
  await bundle(new URL('../src/cli/main.ts', import.meta.url), program);
  redis = plainClient();
});
afterAll(async () => {
  redis.disconnect();
  await rm(folder, { recursive: true, force: true });
});

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The command as a process of its own, without a terminal. */
const keepsake = (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  hearNoMore = false,
): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], {
      env: { PATH: process.env['PATH'], REDIS_URL: testRedisUrl(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      if (hearNoMore) child.stdout.destroy();
    });
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      expect(out + err).not.toContain(SECRET);
      resolve({ code, out, err });
    });
  });

const json = async (args: readonly string[], env?: Readonly<Record<string, string>>): Promise<unknown> =>
  JSON.parse((await keepsake([...args, '--json'], env)).out);

/** A backend with a prefix of its own, and the option that leads the command there. */
const fresh = (options: Parameters<typeof makeBackend>[0] = {}): { backend: RedisBackend; at: string[] } => {
  const prefix = ownPrefix();
  return { backend: makeBackend({ prefix, ...options }), at: ['--prefix', prefix] };
};

describe('keepsake', () => {
  it('shows its help, and that of each command', async () => {
    expect(await keepsake([])).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringContaining('Usage:') as string,
    });
    for (const command of ['stats', 'get', 'keys', 'tags', 'clear', 'doctor']) {
      const { code, out } = await keepsake([command, '--help'], { REDIS_URL: '' });
      expect(code).toBe(0);
      expect(out).toMatch(
        new RegExp(`^keepsake ${command}: .*Usage: keepsake ${command}.*Examples.*--url URL`, 's'),
      );
    }
  });

  it.each<[string, string[], string]>([
    ['a command that is none', ['bogus'], 'no command "bogus"'],
    ['a URL for a command', [`redis://:${SECRET}@h`], 'there are stats, get'],
    ['an option that is none', ['keys', `--ulr=redis://:${SECRET}@h`], '--ulr'],
    ['a slip in an option', ['keys', '--limt', '5'], "did you mean '--limit'?"],
    ['an option of another command', ['keys', '--yes'], 'keys has no option --yes'],
    ['no key', ['get'], 'which KEY'],
    ['an empty key', ['get', ''], 'which KEY'],
    ['two patterns', ['keys', 'a', 'b'], 'one PATTERN'],
    ['something after doctor', ['doctor', 'a'], 'nothing after it'],
    ['a limit that is none', ['keys', '--limit', '-1'], '--limit'],
    ['a limit of words', ['keys', '--limit', 'many'], '--limit'],
    ['a timeout that is none', ['keys', '--timeout', 'soon'], '--timeout'],
    ['another scheme', ['keys', '--url', `http://:${SECRET}@h`], '--url'],
    ['a pattern too long', ['keys', 'a'.repeat(257)], '256'],
    ['an empty prefix', ['keys', '--prefix', ''], 'prefix'],
  ])('ends with 2 and says why for %s', async (_, args, says) => {
    const { code, out, err } = await keepsake(args);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain(says);
  });

  it('ends with 2 where nobody says which server', async () => {
    expect(await keepsake(['keys'], { REDIS_URL: '' })).toMatchObject({
      code: 2,
      err: expect.stringContaining('--url') as string,
    });
  });

  it('ends with 3 where no server is, the password is wrong, or nothing answers', async () => {
    await using server = await startRedis({ args: ['--requirepass', `${SECRET}!`] });
    const dead = `redis://u:${SECRET}@127.0.0.1:${await findFreePort()}/2`;
    const wrong = server.url.replace('://', `://default:${SECRET}@`);
    for (const url of [dead, wrong, server.url]) {
      const { code, out, err } = await keepsake(['get', 'x', '--url', url]);
      expect(err).toMatch(/^keepsake: redis:\/\/127\.0\.0\.1:\d+\/[02]: .*(ECONNREFUSED|password)/);
      expect({ code, out }).toEqual({ code: 3, out: '' });
    }
    server.pause();
    const { code } = await keepsake(['doctor', '--url', server.url, '--timeout', '300ms']);
    server.resume();
    expect(code).toBe(3);
  });

  it('shows colours where they are wanted only', async () => {
    expect((await keepsake(['get', 'x'])).out).not.toContain('\u001b');
    expect((await keepsake(['get', 'x'], { FORCE_COLOR: '1' })).out).toContain('\u001b[31m');
    expect((await keepsake(['get', 'x'], { FORCE_COLOR: '1', NO_COLOR: '1' })).out).not.toContain('\u001b');
  });
});

describe('keepsake get', () => {
  it('shows an entry as a reader would see it', async () => {
    const { backend, at } = fresh({ compress: { minBytes: 100 } });
    const cache = createCache({ l1: false, l2: backend, ttl: 3_600, grace: 600 }).namespace('shop');
    await cache.set('cart:1', { at: new Date(0), text: 'summer '.repeat(50) }, { tags: ['a:b', 'carts'] });
    const text = await keepsake(['get', 'cart:1', '--namespace', 'shop', ...at]);
    expect(text.code).toBe(0);
    for (const shown of [/^shop:cart:1 {2}hit\n/, /fresh for +59m/, /stale for +10m/, /tags +a:b, carts\n/]) {
      expect(text.out).toMatch(shown);
    }
    expect(text.out).toMatch(/size +\d+ B \(the value alone \d+ B\)/);
    expect(text.out).toMatch(/codec +binary, compressed\n/);
    expect(text.out).toContain('at: 1970-01-01T00:00:00.000Z');
    expect(await json(['get', 'cart:1', '--namespace', 'shop', ...at])).toMatchObject({
      key: 'shop:cart:1',
      outcome: 'hit',
      tags: ['shop:a%3Ab', 'shop:carts'],
      value: { at: { $keepsake: 'date', of: 0 }, text: 'summer '.repeat(50) },
    });
    await backend.close();
  });

  it('says why an entry is stale or dead, and ends with 1 where a reader has a miss', async () => {
    const { backend, at } = fresh();
    const cache = createCache({ l1: false, l2: backend, ttl: 60, grace: 60 });
    await cache.set('expired', 1);
    await cache.set('dead', 1, { tags: ['t'] });
    await cache.expire('expired');
    await cache.invalidateTags(['t']);
    expect(await keepsake(['get', 'expired', ...at])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^expired {2}stale\n.*fresh for +ended/s) as string,
    });
    expect(await keepsake(['get', 'dead', ...at])).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^dead {2}miss: one of its tags/) as string,
    });
    expect(await keepsake(['get', 'nothing', ...at])).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^nothing {2}miss: no such key\n/) as string,
    });
    await backend.close();
  });

  it('shows counters, negative entries and other types, and changes nothing that is damaged', async () => {
    const { backend, at } = fresh();
    const prefix = at[1] ?? '';
    await backend.increment('views', 41, Infinity);
    await backend.setMany([item('nobody', undefined, { negative: true, life: FOREVER })]);
    await redis.rpush(`${prefix}list`, 'a');
    await redis.set(`${prefix}bad`, 'no entry');
    expect(await json(['get', 'views', ...at])).toMatchObject({ outcome: 'hit', value: 41, ttlMs: null });
    expect(await json(['get', 'nobody', ...at])).toMatchObject({ outcome: 'hit', freshForMs: null });
    expect(await keepsake(['get', 'list', ...at])).toMatchObject({
      code: 1,
      out: expect.stringContaining('it holds a list') as string,
    });
    expect(await keepsake(['get', 'bad', ...at])).toMatchObject({
      code: 1,
      out: expect.stringContaining('corrupt') as string,
    });
    expect(await redis.get(`${prefix}bad`)).toBe('no entry');
    await backend.close();
  });

  it('decrypts with the keys of KEEPSAKE_ENCRYPT_KEYS, and never shows them', async () => {
    const { backend, at } = fresh({ encrypt: { keys: [KEY] } });
    await backend.setMany([item('pin', { pin: 1_234 })]);
    const other = Buffer.alloc(32, 'other').toString('base64');
    const sealed = await keepsake(['get', 'pin', ...at]);
    expect(sealed).toMatchObject({
      code: 1,
      out: expect.stringContaining('KEEPSAKE_ENCRYPT_KEYS') as string,
    });
    expect((await keepsake(['get', 'pin', ...at], { KEEPSAKE_ENCRYPT_KEYS: other })).code).toBe(1);
    const opened = await json(['get', 'pin', ...at], { KEEPSAKE_ENCRYPT_KEYS: `${other}, ${KEY}` });
    expect(opened).toMatchObject({ value: { pin: 1_234 }, codec: 'binary, encrypted' });
    const wrong = await keepsake(['get', 'pin', ...at], { KEEPSAKE_ENCRYPT_KEYS: SECRET });
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('encrypt.keys[0]') as string });
    await backend.close();
  });
});

describe('keepsake keys and tags', () => {
  it('lists what matches, in a namespace or outside', async () => {
    const { backend, at } = fresh();
    const root = createCache({ l1: false, l2: backend });
    await root.setMany({ 'a:1': 1, 'a:2': 1, b: 1 });
    await root.namespace('in').namespace('side').set('a:3', 1);
    expect((await keepsake(['keys', 'a:*', ...at])).out.trim().split('\n').sort()).toEqual(['a:1', 'a:2']);
    expect((await keepsake(['keys', '--namespace', 'in', '--namespace', 'side', ...at])).out).toBe('a:3\n');
    expect((await keepsake(['keys', '--limit', '2', ...at])).out.trim().split('\n')).toHaveLength(2);
    expect((await keepsake(['keys', 'b', '--json', ...at])).out).toBe('"b"\n');
    expect(await keepsake(['keys', 'none*', ...at])).toMatchObject({ code: 0, out: '', err: '0 keys\n' });
    await backend.close();
  });

  it('shows a key with control characters on one line, without obeying it', async () => {
    const { backend, at } = fresh();
    await backend.setMany([item('a\u001b[31m\nb', 1)]);
    expect((await keepsake(['keys', ...at], { FORCE_COLOR: '1' })).out).toBe('a\\x1b[31m\\x0ab\n');
    await backend.close();
  });

  it('ends without a word when its reader has heard enough', async () => {
    const { backend, at } = fresh();
    await redis.mset(new Map(Array.from({ length: 20_000 }, (_, i) => [`${at[1] ?? ''}key ${i}`, '1'])));
    const { code, err } = await keepsake(['keys', ...at], {}, true);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    await backend.close();
  });

  it('shows tags with their numbers and how many there are', async () => {
    const { backend, at } = fresh();
    const cache = createCache({ l1: false, l2: backend });
    await cache.set('k', 1, { tags: ['album:1', 'album:2', 'photos'] });
    await cache.namespace('shop').set('k', 1, { tags: ['album:1'] });
    await cache.invalidateTags(['album:2'], { mode: 'expire' });
    expect(await json(['tags', ...at])).toMatchObject({ count: 4 });
    const found = (await json(['tags', 'album:*', ...at])) as { tags: { tag: string; expired: number }[] };
    expect(found.tags.map(({ tag }) => tag)).toEqual(['album:1', 'album:2']);
    expect(found.tags.map(({ expired }) => expired > 0)).toEqual([false, true]);
    const text = await keepsake(['tags', '--limit', '1', ...at]);
    expect(text.out).toMatch(/^ {2}TAG +NAMESPACE .*\n {2}album:1 +- +\d{4}-/);
    expect(text.err).toContain('4 tags; 1 is shown');
    expect(await json(['tags', '--namespace', 'shop', ...at])).toMatchObject({ count: 1 });
    await backend.close();
  });
});

describe('what lies there and is no record', () => {
  it('is passed over by tags, however many there are', async () => {
    const { backend, at } = fresh();
    const record = `${at[1] ?? ''}~t:{~}:`;
    await redis.rpush(`${record}list`, 'a');
    await redis.set(`${record}text`, 'nonsense');
    await redis.set(`${record}huge`, `${'9'.repeat(20)} 0`);
    const names = Array.from({ length: 12_000 }, (_, i) => `${record}tag${i}`);
    await redis.mset(new Map(names.map((name) => [name, '1700000000000000 0'])));
    const found = (await json(['tags', '--limit', '20000', ...at])) as { count: number; tags: unknown[] };
    expect(found.count).toBe(12_003);
    expect(found.tags).toHaveLength(12_000);
    await redis.unlink(...names, `${record}list`, `${record}text`, `${record}huge`);
    await backend.close();
  });
});

describe('the terminal', () => {
  const open = (
    type: (keys: PassThrough) => void,
  ): { terminal: Terminal; exits: number[]; stdout: PassThrough; said: () => string } => {
    const [stdin, stdout] = [new PassThrough(), new PassThrough()];
    const stderr = Object.assign(new PassThrough(), { isTTY: true });
    const exits: number[] = [];
    const exit = (code: number): void => void exits.push(code);
    const terminal = processTerminal({ stdin, stdout, stderr, exit, env: {} } as unknown as NodeJS.Process);
    setImmediate(() => type(stdin));
    return { terminal, exits, stdout, said: () => String(stderr.read()) };
  };

  it.each<[string, string, (keys: PassThrough) => unknown]>([
    ['y', 'y', (keys) => keys.write('y\r')],
    ['Ctrl-C', '', (keys) => keys.write('\u0003')],
    ['Ctrl-D', '', (keys) => keys.write('\u0004')],
    ['nothing, and goes away', '', (keys) => keys.end()],
  ])('that types %s has answered "%s"', async (_, answer, type) => {
    expect(await open(type).terminal.ask('sure? ')).toBe(answer);
  });

  it('ends without a word where nobody reads, and with 3 and a line where there is no room', () => {
    for (const [code, ends, words] of [
      ['EPIPE', 0, ''],
      ['ENOSPC', 3, 'keepsake: cannot write: ENOSPC\n'],
    ] as const) {
      const { exits, stdout, said } = open(() => undefined);
      stdout.emit('error', Object.assign(new Error('write'), { code }));
      expect(exits[0]).toBe(ends);
      if (words !== '') expect(said()).toBe(words);
    }
  });
});

describe('keepsake clear', () => {
  it('without a terminal deletes nothing unless it is told to', async () => {
    const { backend, at } = fresh();
    await backend.setMany([item('a:1', 1), item('a:2', 1), item('b', 1)]);
    expect(await keepsake(['clear', 'a:*', ...at])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--yes') as string,
    });
    expect((await keepsake(['clear', 'a:*', '--dry-run', ...at])).out).toContain(
      'would delete 2 keys that match a:*',
    );
    expect(await backend.size('*')).toBe(3);
    expect(await json(['clear', 'a:*', '--yes', ...at])).toEqual({ pattern: 'a:*', matched: 2, deleted: 2 });
    expect(await look(backend, 'b')).toBe(1);
    expect((await keepsake(['clear', '-y', ...at])).out).toContain('deleted 1 key');
    expect(await backend.size('*')).toBe(0);
    await backend.close();
  });

  it('reaches its namespace only, and refuses the fills under way there', async () => {
    const { backend, at } = fresh();
    const cache = createCache({ l1: false, l2: backend });
    await cache.set('k', 1);
    await cache.namespace('shop').set('k', 1);
    const read = await backend.get('shop:new', 'fill');
    expect((await keepsake(['clear', '--namespace', 'shop', '--yes', ...at])).code).toBe(0);
    expect(await cache.get('k')).toBe(1);
    expect(await cache.namespace('shop').get('k')).toBeUndefined();
    if (!('fence' in read) || !read.fence) throw new Error('expected a fence');
    expect(await backend.setMany([item('shop:new', 'old', { condition: read.fence })])).toEqual(['fenced']);
    await backend.close();
  });

  it('is heard by the processes that hold what matches in memory', async () => {
    await using server = await startRedis();
    const cache = createRedisCache({ url: server.url, staleness: '30s' });
    await cache.connect({ timeout: '10s' });
    await cache.set('album:7', 'Summer');
    const tiers: unknown[] = [];
    cache.on('entry.hit', ({ tier }) => tiers.push(tier));
    await eventually(async () => {
      await cache.get('album:7');
      return tiers.at(-1) === 'l1';
    });
    expect((await keepsake(['clear', 'album:*', '--yes', '--url', server.url])).code).toBe(0);
    await eventually(async () => (await cache.get('album:7')) === undefined);
    await cache.close();
  });

  it.each([
    ['n', 1, 2],
    ['', 1, 2],
    ['yes', 0, 0],
  ])('on a terminal asks with the count, and hears "%s"', async (answer, code, left) => {
    const { backend, at } = fresh();
    await backend.setMany([item('a:1', 1), item('a:2', 1)]);
    const asked: string[] = [];
    const shown: string[] = [];
    const args = ['clear', 'a:*', '--url', testRedisUrl(), ...at];
    const write = (text: string): Promise<void> => Promise.resolve(void shown.push(text));
    const ended = await runCommandLine(
      args,
      {},
      {
        write,
        writeError: write,
        isInteractive: true,
        canRedraw: true,
        hasColour: false,
        columns: 80,
        ask: (question) => {
          asked.push(question);
          return Promise.resolve(answer);
        },
      },
    );
    expect(asked).toEqual([
      expect.stringMatching(/^Delete 2 keys that match a:\* \(prefix .*redis:\/\/.*\)\? \[y\/N\] $/),
    ]);
    expect(ended).toBe(code);
    expect(await backend.size('*')).toBe(left);
    expect(shown.join('')).toContain(left === 0 ? 'deleted 2 of 2 (100 %)' : 'nothing deleted');
    await backend.close();
  });
});

describe('keepsake stats', () => {
  it('tells the server’s figures and the keys by family', async () => {
    await using server = await startRedis();
    const backend = new RedisBackend({ url: server.url, commandTimeout: 5 });
    const cache = createCache({ l1: false, l2: backend, l2Timeout: 5 });
    await cache.setMany(
      Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`photo:${i}`, 'x'.repeat(99)])),
    );
    await cache.set('album:1', 1, { tags: ['t'] });
    await cache.set('lonely', 1);
    await cache.namespace('shop').set('cart:1', 1);
    const { code, out } = await keepsake(['stats', '--url', server.url]);
    expect(code).toBe(0);
    expect(out).toMatch(/^redis:\/\/127\.0\.0\.1:\d+\/0 {2}(Redis|Valkey) \d/);
    expect(out).toMatch(/FAMILY +KEYS +SHARE +MEMORY +EACH\n {2}photo +40 /);
    expect(await json(['stats', '--url', server.url])).toMatchObject({
      isEstimate: false,
      families: [
        { name: 'photo', keys: 40, bytes: expect.any(Number) as number },
        { name: '(no family)', keys: 1 },
        { name: 'album', keys: 1 },
        { name: 'shop', keys: 1 },
      ],
      server: { usedBytes: expect.any(Number) as number, policy: 'noeviction' },
    });
    const inShop = await json(['stats', '--url', server.url, '--namespace', 'shop']);
    expect(inShop).toMatchObject({ families: [{ name: 'cart', keys: 1 }], helpers: [] });
    const pipeline = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`photo:b${i}`, 1]));
    await cache.setMany(pipeline);
    const sampled = (await json(['stats', '--url', server.url, '--sample', '1000'])) as {
      isEstimate: boolean;
      families: { name: string; keys: number }[];
    };
    expect(sampled.isEstimate).toBe(true);
    expect(sampled.families[0]?.keys).toBeGreaterThan(4_900);
    await cache.close();
  });
});

describe('keepsake doctor', () => {
  const GOOD = ['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lfu'];
  const LAZY = ['--lazyfree-lazy-eviction', 'yes', '--lazyfree-lazy-expire', 'yes'];

  interface Report {
    readonly errors: number;
    readonly warnings: number;
    readonly findings: { check: string; severity: string; message: string; advice?: string }[];
  }

  const examine = async (server: RedisServer, user = ''): Promise<Report & { code: number | null }> => {
    const ran = await keepsake(['doctor', '--json', '--url', server.url.replace('://', `://${user}`)]);
    return { ...(JSON.parse(ran.out) as Report), code: ran.code };
  };

  /** But for the latency: the machine that runs the tests may be busy. */
  const worst = (report: Report): string[] =>
    report.findings.flatMap(({ check, severity }) =>
      check !== 'latency' && (severity === 'warning' || severity === 'error') ? [`${severity} ${check}`] : [],
    );

  it('ends with 0 for a server that suits a cache, and leaves nothing there', async () => {
    await using server = await startRedis({ args: [...GOOD, ...LAZY] });
    let { code, out } = await keepsake(['doctor', '--url', server.url]);
    // A busy machine answers late now and then.
    for (let n = 0; n < 5 && code === 1 && /warning +latency/.test(out); n += 1) {
      ({ code, out } = await keepsake(['doctor', '--url', server.url]));
    }
    expect(out).toMatch(/ok +latency +min .*\n/);
    expect(out).toContain('nothing to worry about');
    expect(code).toBe(0);
    const client = plainClient(server.url);
    expect(await client.dbsize()).toBe(0);
    client.disconnect();
  });

  it.each<[string, string[], string[]]>([
    ['no limit to its memory', [], ['warning eviction']],
    ['noeviction', ['--maxmemory', '100mb'], ['warning eviction']],
    ['a short idle timeout', [...GOOD, '--timeout', '5'], ['warning settings']],
    ['no keepalive', [...GOOD, '--tcp-keepalive', '0'], ['warning settings']],
    [
      'appendfsync always',
      [...GOOD, '--appendonly', 'yes', '--appendfsync', 'always'],
      ['warning persistence'],
    ],
    ['cluster mode', [...GOOD, '--cluster-enabled', 'yes'], ['warning role']],
  ])('warns of %s, and says what to do', async (_, args, found) => {
    await using server = await startRedis({ args });
    if (args.includes('--cluster-enabled')) {
      const client = plainClient(server.url);
      await client.cluster('ADDSLOTSRANGE', 0, 16_383);
      await eventually(async () => (await client.cluster('INFO')).includes('cluster_state:ok'));
      client.disconnect();
    }
    const report = await examine(server);
    expect(worst(report)).toEqual(found);
    expect(report.code).toBe(1);
    for (const { severity, advice } of report.findings)
      if (severity === 'warning') expect(advice).toBeTruthy();
  });

  it('warns of counters and locks where they may be evicted', async () => {
    await using server = await startRedis({ args: GOOD });
    const client = plainClient(server.url);
    await client.mset('ks:views:1', '41', 'ks:~l:{job}', 'token');
    client.disconnect();
    const report = await examine(server);
    expect(worst(report)).toEqual(['warning precious']);
    expect(report.findings.find(({ check }) => check === 'precious')?.message).toMatch(
      /^locks and counters lie/,
    );
  });

  it('finds out what the user may not do, by trying', async () => {
    await using server = await startRedis({ args: GOOD });
    const client = plainClient(server.url);
    await client.call(
      ...(['ACL', 'SETUSER', 'app', 'on', `>${SECRET}`, '~ks:*', '+@all', '-@scripting', '-info'] as const),
    );
    const report = await examine(server, `app:${SECRET}@`);
    expect(worst(report)).toEqual(['error rights', 'error rights', 'warning rights']);
    expect(report.findings.flatMap(({ check, advice }) => (check === 'rights' ? [advice] : []))).toEqual([
      'ACL SETUSER app +eval ~ks:* &*',
      'ACL SETUSER app +evalsha ~ks:* &*',
      'ACL SETUSER app +publish ~ks:* &*',
    ]);
    client.disconnect();
  });

  it('knows a replica, and a server that is full', async () => {
    await using primary = await startRedis({ args: GOOD });
    await using replica = await startRedis({
      args: [...GOOD, '--replicaof', '127.0.0.1', String(primary.port)],
    });
    expect(worst(await examine(replica))).toEqual(['error role']);
    await using full = await startRedis({ args: ['--maxmemory', '1kb'] });
    const report = await examine(full);
    expect(worst(report)).toContain('warning memory');
    expect(report.findings.find(({ check }) => check === 'rights')).toMatchObject({
      severity: 'error',
      message: expect.stringContaining('OOM') as string,
    });
  });
});
