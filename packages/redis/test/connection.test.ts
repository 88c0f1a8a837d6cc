import type { BackendEvent } from '@keepsake/core';
import { findFreePort, type RedisServer, startFaultProxy, startRedis } from '@keepsake/tooling/servers';
import { Cluster, Redis } from 'ioredis';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { checkClient, retryDelayMs } from '../src/client.ts';
import { FAILURE_THRESHOLD, MAX_IN_FLIGHT, RedisConnection } from '../src/connection.ts';
import { RedisBackend, RedisSubscriber } from '../src/index.ts';
import { eventually, plainClient } from './harness.ts';
import { codeOf, item, look } from './items.ts';

/** Sleeping machines and busy neighbours: a deadline in earnest is asserted with this factor. */
const FACTOR = 3;
const SECRET = 's3cret-hunter2';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

const backendAt = (url: string, commandTimeout: `${number}ms` = '250ms'): RedisBackend => {
  const backend = new RedisBackend({ url, commandTimeout });
  open.push(backend);
  return backend;
};

const timed = async <T>(work: () => Promise<T>): Promise<{ result: T; ms: number }> => {
  const start = performance.now();
  const result = await work();
  return { result, ms: performance.now() - start };
};

const works = async (backend: RedisBackend): Promise<boolean> =>
  backend.setMany([item('works', 1)]).then(
    () => true,
    () => false,
  );

/** Everything that an error says, causes included. */
const allTextOf = (error: unknown): string =>
  error instanceof Error
    ? [
        error.message,
        error.stack,
        JSON.stringify(error),
        ...Object.values(error).map(String),
        allTextOf(error.cause),
      ].join('\n')
    : String(error);

describe('fault-1: a server that is not there', () => {
  it('refuses each call in time and takes part once it comes', async () => {
    await using server = await startRedis();
    await server.kill();
    const backend = backendAt(server.url);
    const first = await timed(() => codeOf(backend.get('k', 'fill')));
    expect(first.result).toBe('ERR_UNAVAILABLE');
    expect(first.ms).toBeLessThan(250 * FACTOR);
    const later = await Promise.all(Array.from({ length: 1_000 }, () => codeOf(backend.get('k', 'read'))));
    expect(new Set(later)).toEqual(new Set(['ERR_UNAVAILABLE']));
    await server.restart();
    await eventually(() => works(backend));
  });

  it('rejects connect with ERR_CONNECT and the reason after the time given', async () => {
    const port = await findFreePort();
    const backend = backendAt(`redis://:${SECRET}@127.0.0.1:${port}`);
    const { result, ms } = await timed(() => backend.connect(300).catch((error: unknown) => error));
    expect(result).toMatchObject({ code: 'ERR_CONNECT' });
    expect(String(result)).toContain(
      `cannot connect to 127.0.0.1:${port}: the connection failed (ECONNREFUSED)`,
    );
    expect(await backend.get('k', 'read').catch(String)).toContain(`not connected to 127.0.0.1:${port} (`);
    expect(allTextOf(result)).not.toContain(SECRET);
    expect(ms).toBeGreaterThan(250);
    expect(ms).toBeLessThan(300 * FACTOR + 500);
  });
});

describe('a port without TLS', () => {
  it('is what connect asks about', async () => {
    await using server = await startRedis();
    const backend = backendAt(server.url.replace('redis:', 'rediss:'));
    expect(String(await backend.connect(300).catch((error: unknown) => error))).toContain('speak TLS?');
  });
});

describe('fault-2: a server that is killed', () => {
  it('is missed at once and used again when it is back', async () => {
    await using server = await startRedis();
    const backend = backendAt(server.url);
    const events: BackendEvent['type'][] = [];
    backend.subscribe((event) => events.push(event.type));
    await backend.setMany([item('k', 1)]);
    const underWay = Promise.all(Array.from({ length: 50 }, () => codeOf(backend.get('k', 'read'))));
    await server.kill();
    expect((await underWay).every((code) => ['none', 'ERR_UNAVAILABLE', 'ERR_TIMEOUT'].includes(code))).toBe(
      true,
    );
    await eventually(async () => (await codeOf(backend.get('k', 'read'))) === 'ERR_UNAVAILABLE');
    await server.restart();
    await eventually(() => works(backend));
    expect(await look(backend, 'k')).toBe('miss: never-set');
    expect(events).toEqual(['failed', 'recovered']);
  });
});

describe('fault-3: a server that is frozen', () => {
  it(`costs ${FAILURE_THRESHOLD} slow calls, then none, and is used again when it thaws`, async () => {
    await using server = await startRedis();
    const backend = backendAt(server.url, '200ms');
    await backend.setMany([item('k', 1)]);
    server.pause();
    let slow = 0;
    let refused = 0;
    for (let i = 0; i < 40; i += 1) {
      const { result, ms } = await timed(() => codeOf(backend.get('k', 'read')));
      expect(result).toMatch(/^ERR_(TIMEOUT|UNAVAILABLE)$/);
      expect(ms).toBeLessThan(200 * FACTOR);
      if (result === 'ERR_TIMEOUT') slow += 1;
      else refused += 1;
    }
    expect(slow).toBeLessThanOrEqual(FAILURE_THRESHOLD);
    expect(refused).toBeGreaterThan(0);
    server.resume();
    await eventually(() => works(backend));
    expect(await look(backend, 'k')).toBe(1);
  });
});

it('fault-11: without memory stores are refused, reads and removals work', async () => {
  await using server = await startRedis({ args: ['--maxmemory', '3mb', '--maxmemory-policy', 'noeviction'] });
  const backend = backendAt(server.url, '2000ms');
  const redis = plainClient(server.url);
  onTestFinished(() => redis.disconnect());
  await backend.setMany([
    item('a', 'old', { tags: ['t'] }),
    item('b', 'kept', { tags: ['u'] }),
    item('c', 1),
  ]);
  const fence = await backend.get('fenced', 'fill');
  await redis.config('SET', 'maxmemory', '1mb');
  expect(await backend.setMany([item('a', 'new'), item('d', 'x', { tags: ['t'] })])).toEqual([
    'full',
    'full',
  ]);
  expect(await look(backend, 'a')).toBe('miss: never-set');
  expect(await look(backend, 'b')).toBe('kept');
  expect(await backend.removeMany(['c'], 'delete')).toBe(1);
  expect(await backend.get('nothing', 'fill')).toEqual({ reason: 'never-set' });
  await backend.invalidateTags(['u'], 'delete');
  expect(await look(backend, 'b')).toBe('miss: tag');
  expect(await codeOf(backend.increment('n', 1, 1_000))).toBe('ERR_UNAVAILABLE');
  await redis.config('SET', 'maxmemory', '100mb');
  // What was read before the invalidation stays refused after memory is back.
  const held = 'fence' in fence && fence.fence ? fence.fence : undefined;
  expect(
    await backend.setMany([item('fenced', 'old', { condition: held ?? 'absent', tags: ['u'] })]),
  ).toEqual(['fenced']);
  expect(await works(backend)).toBe(true);
});

describe('fault-39: a server that does not let us in', () => {
  const guarded = async (): Promise<RedisServer> => {
    const server = await startRedis();
    const admin = plainClient(server.url);
    await admin.config('SET', 'requirepass', SECRET);
    admin.disconnect();
    onTestFinished(() => server.stop());
    return server;
  };

  it('WRONGPASS: connect rejects at once with the reason, and nothing says the password', async () => {
    const server = await guarded();
    const wrong = 'wr0ng-passw0rd';
    const backend = backendAt(`redis://:${wrong}@127.0.0.1:${server.port}`);
    const failures: unknown[] = [];
    backend.subscribe((event) => failures.push(event));
    const { result, ms } = await timed(() => backend.connect(30_000).catch((error: unknown) => error));
    expect(ms).toBeLessThan(10_000);
    expect(result).toMatchObject({ code: 'ERR_CONNECT' });
    expect(String(result)).toContain('refused the user name or password');
    const read = await backend.get('k', 'read').catch((error: unknown) => error);
    expect(read).toMatchObject({ code: 'ERR_UNAVAILABLE' });
    const said = [result, read, ...failures.map((event) => (event as { error?: unknown }).error)]
      .map(allTextOf)
      .join('\n');
    expect(said).not.toContain(wrong);
  });

  it('no password: connect says that one is asked for', async () => {
    const server = await guarded();
    const error = await backendAt(server.url)
      .connect(30_000)
      .catch((e: unknown) => e);
    expect(String(error)).toContain('asks for a password');
  });

  it('the right password lets in, characters that a URL must escape too', async () => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    const admin = plainClient(server.url);
    const odd = 'p@ss:w/ö?#%';
    await admin.config('SET', 'requirepass', odd);
    admin.disconnect();
    const backend = backendAt(`redis://:${encodeURIComponent(odd)}@127.0.0.1:${server.port}/3`);
    await backend.connect(10_000);
    expect(await works(backend)).toBe(true);
  });

  it('a command that the ACL forbids rejects and says neither value nor key', async () => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    const admin = plainClient(server.url);
    await admin.call('ACL', 'SETUSER', 'reader', 'on', `>${SECRET}`, '~*', '+@all', '-evalsha', '-eval');
    admin.disconnect();
    const backend = backendAt(`redis://reader:${SECRET}@127.0.0.1:${server.port}`);
    const error = await backend.setMany([item('private-key', 'private-value')]).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'ERR_UNAVAILABLE', reply: 'NOPERM' });
    expect(allTextOf(error)).not.toMatch(/private|s3cret/);
    expect(await look(backend, 'k')).toBe('miss: never-set');
  });

  it('a database number that the server lacks is an error, not database 0', async () => {
    const server = await startRedis({ args: ['--databases', '2'] });
    onTestFinished(() => server.stop());
    const backend = backendAt(`${server.url}/7`);
    const error = await backend.connect(30_000).catch((e: unknown) => e);
    expect(String(error)).toContain('no such database');
    expect(await codeOf(backend.get('k', 'read'))).toBe('ERR_UNAVAILABLE');
  });
});

describe('a connection', () => {
  it('has at most so many calls under way', async () => {
    await using server = await startRedis();
    const connection = new RedisConnection({ url: server.url, commandTimeoutMs: 500 });
    open.push(connection);
    await connection.connect(5_000);
    server.pause();
    const said = await Promise.all(
      Array.from({ length: MAX_IN_FLIGHT + 500 }, () =>
        connection.call('test', 'PING', []).then(String, (error: unknown) => String(error)),
      ),
    );
    expect(said.filter((text) => text.includes('under way already')).length).toBe(500);
    expect(said.filter((text) => text.includes('RedisFailure') || text.includes('CacheError')).length).toBe(
      said.length,
    );
    server.resume();
  });

  it('fault-38: closes in time with calls under way to a frozen server, and rejects them', async () => {
    await using server = await startRedis();
    const backend = new RedisBackend({ url: server.url, commandTimeout: 20 });
    await backend.connect(5_000);
    server.pause();
    const call = codeOf(backend.get('k', 'read'));
    const { ms } = await timed(() => backend.close());
    expect(ms).toBeLessThan(2_000 * FACTOR);
    expect(await call).toBe('ERR_CLOSED');
    expect(await codeOf(backend.connect(1_000))).toBe('ERR_CLOSED');
    server.resume();
  });

  it('asks for a script again where the server has lost it', async () => {
    await using server = await startRedis();
    const backend = backendAt(server.url);
    await works(backend);
    const redis = plainClient(server.url);
    await redis.script('FLUSH');
    redis.disconnect();
    expect(await works(backend)).toBe(true);
  });

  it('waits a growing time between attempts, never twice the same for all', () => {
    expect([1, 2, 3, 7, 100].map((attempt) => retryDelayMs(attempt, () => 0))).toEqual([
      50, 100, 200, 2_000, 2_000,
    ]);
    expect(retryDelayMs(3, () => 0.999)).toBeGreaterThanOrEqual(100);
  });
});

describe('a client of the caller’s', () => {
  it('is warned about where its settings are risky', () => {
    const risky = new Redis({ lazyConnect: true });
    expect(checkClient(risky).length).toBe(3);
    const careful = new Redis({
      lazyConnect: true,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      socketTimeout: 1_000,
    });
    expect(checkClient(careful)).toEqual([]);
    const late = careful.duplicate({ sentinels: [{ host: '127.0.0.1', port: 1 }], name: 'primary' });
    expect(checkClient(late)).toEqual([expect.stringContaining('failoverDetector')]);
    risky.disconnect();
    careful.disconnect();
  });

  it.each<[string, () => unknown]>([
    ['with a keyPrefix', () => new Redis({ lazyConnect: true, keyPrefix: 'x:' })],
    ['with stringNumbers', () => new Redis({ lazyConnect: true, stringNumbers: true })],
    ['of a cluster, with a keyPrefix', () => new Cluster([1], { lazyConnect: true, keyPrefix: 'x' })],
    [
      'of a cluster, with stringNumbers',
      () => new Cluster([1], { lazyConnect: true, redisOptions: { stringNumbers: true } }),
    ],
    ['of a cluster without nodes', () => new Cluster([], { lazyConnect: true })],
    ['that is none', () => ({})],
    ['missing, as the url is', () => undefined],
  ])('%s is refused', (_, make) => {
    // Misuse that the types refuse as well.
    const client = make() as Redis | Cluster;
    expect(() => new RedisBackend({ client: client })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION' }) as Error,
    );
    if (client instanceof Redis || client instanceof Cluster) client.disconnect();
  });

  it('that is lazy and queues nothing is connected at its first use', async () => {
    await using server = await startRedis();
    const client = new Redis(server.url, {
      lazyConnect: true,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
    });
    onTestFinished(() => client.disconnect());
    const backend = new RedisBackend({ client, commandTimeout: 5 });
    open.push(backend);
    expect(await works(backend)).toBe(true);
    await backend.close();
    expect(client.status).toBe('ready');
  });
});

describe('a subscriber', () => {
  it('hears what is published, and again after its connection was cut', async () => {
    await using server = await startRedis();
    await using proxy = await startFaultProxy(server.port);
    const subscriber = new RedisSubscriber({ url: proxy.url });
    open.push(subscriber);
    const redis = plainClient(server.url);
    onTestFinished(() => redis.disconnect());
    const heard: string[] = [];
    let ups = 0;
    subscriber.onUp(() => (ups += 1));
    const end = await subscriber.subscribe('news', (message) => heard.push(message.toString()));
    await redis.publish('news', 'one');
    await eventually(() => heard.length === 1);
    const upsBefore = ups;
    proxy.cut();
    await eventually(() => ups > upsBefore);
    await redis.publish('news', 'two');
    await eventually(() => heard.length === 2);
    await end();
    expect(await redis.publish('news', 'three')).toBe(0);
    expect(heard).toEqual(['one', 'two']);
  });

  it('rejects while no server is there', async () => {
    const subscriber = new RedisSubscriber({ url: `redis://127.0.0.1:${await findFreePort()}` });
    open.push(subscriber);
    expect(await codeOf(subscriber.subscribe('news', () => undefined))).toBe('ERR_TIMEOUT');
  });
});
