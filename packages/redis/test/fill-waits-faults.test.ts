import { startFaultProxy, startRedis, testRedisUrl } from '@keepsake/tooling/servers';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually, makeBackend, ownPrefix } from './harness.ts';
import { codeOf, item, look } from './items.ts';
import { backend, client, closeAll, fenceOf, isWaitedFor, listeningAt, LONG_MS } from './waiting.ts';

afterEach(closeAll);

describe('fault-28: a wake-up message that is lost', () => {
  it('lets the waiting process go on when the lease would have ended', async () => {
    const prefix = ownPrefix();
    const [holder, redis] = [backend({ prefix }), client()];
    await using proxy = await startFaultProxy(Number(new URL(testRedisUrl()).port));
    const waiting = backend({ prefix, client: listeningAt(proxy.url) });
    const fence = await fenceOf(holder, 'k');
    const startedAt = performance.now();
    const woken = waiting.waitForFill('k', 1_500);
    await eventually(() => isWaitedFor(redis, prefix, 'k'));
    proxy.blackhole(true);
    await holder.setMany([item('k', 'made', { condition: fence })]);
    await woken;
    expect(performance.now() - startedAt).toBeLessThan(1_500 * 3);
    expect(await look(waiting, 'k')).toBe('made');
  });

  it('with its connection: the waiting process looks again at once', async () => {
    await using server = await startRedis();
    const [holder, waiting] = ['p:', 'p:'].map((prefix) => backend({ prefix, url: server.url }));
    if (!holder || !waiting) throw new Error('two backends');
    const redis = client(server.url);
    await fenceOf(holder, 'k');
    const first = waiting.waitForFill('k', LONG_MS);
    await eventually(() => isWaitedFor(redis, 'p:', 'k'));
    await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await first;
    // The next wait listens on a new connection.
    const second = waiting.waitForFill('k', LONG_MS);
    await eventually(async () => (await redis.pubsub('CHANNELS')).length === 1);
    await holder.removeMany(['k'], 'delete');
    await second;
  });
});

describe('a server without pub/sub for this user', () => {
  it('makes waits last as long as they may, tells it once, and refuses no fill', async () => {
    await using server = await startRedis();
    const admin = client(server.url);
    await admin.acl('SETUSER', 'silent', 'on', '>pw', '~*', '+@all', '-@pubsub', 'resetchannels');
    const url = `redis://silent:pw@127.0.0.1:${server.port}`;
    const [holder, silent, waiting] = [
      backend({ prefix: 'p:', url }),
      backend({ prefix: 'p:', url }),
      backend({ prefix: 'p:', url: server.url }),
    ];
    const events: unknown[] = [];
    silent.subscribe((event) => events.push(event));
    const fence = await fenceOf(holder, 'k');
    await silent.waitForFill('k', 300);
    await silent.waitForFill('k', 300);
    expect(events).toEqual([
      {
        type: 'failed',
        operation: 'waitForFill',
        error: expect.objectContaining({ reply: 'NOPERM' }) as unknown,
      },
    ]);
    // Marked by somebody who may listen, ended by somebody who may not publish.
    const waits = waiting.waitForFill('k', 1_000);
    await eventually(() => isWaitedFor(admin, 'p:', 'k'));
    expect(await holder.setMany([item('k', 'made', { condition: fence })])).toEqual(['stored']);
    await waits;
    expect(await look(waiting, 'k')).toBe('made');
  });
});

describe('the end of a wait by the end of what it waits with', () => {
  it.each(['kill', 'pause'] as const)('comes when the server is gone (%s)', async (fault) => {
    await using server = await startRedis();
    const options = { url: server.url, prefix: 'p:', commandTimeout: 1 };
    const [holder, waiting, redis] = [backend(options), backend(options), client(server.url)];
    redis.on('error', () => undefined);
    await fenceOf(holder, 'k');
    const wait = waiting.waitForFill('k', LONG_MS);
    await eventually(() => isWaitedFor(redis, 'p:', 'k'));
    await server[fault]();
    await wait;
    expect(await codeOf(waiting.get('k', 'fill'))).toBe('ERR_UNAVAILABLE');
  });

  it('comes when the backend closes, whether it listens already or not', async () => {
    const prefix = ownPrefix();
    const [holder, early, late, redis] = [
      backend({ prefix }),
      makeBackend({ prefix }),
      makeBackend({ prefix }),
      client(),
    ];
    await fenceOf(holder, 'k');
    const waits = [early.waitForFill('k', LONG_MS)];
    await eventually(() => isWaitedFor(redis, prefix, 'k'));
    await late.connect(5_000);
    waits.push(late.waitForFill('k', LONG_MS));
    await Promise.all([early.close(), late.close()]);
    await Promise.all(waits);
    expect(await codeOf(early.waitForFill('k', LONG_MS))).toBe('ERR_CLOSED');
    await eventually(async () => (await redis.pubsub('CHANNELS', `${prefix}*`)).length === 0);
  });
});
