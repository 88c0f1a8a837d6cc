import { expect, test } from 'vitest';
import { ask } from './ask.ts';
import { startRedisSentinel } from './index.ts';

test('sentinels name the primary, and another one once it is gone', async () => {
  const group = await startRedisSentinel();
  try {
    const first = await group.primary();
    expect(first.port).toBe(group.servers[0]?.port);
    await ask(first.port, 'SET', 'foo', 'bar');
    // Replication is asynchronous: what has not arrived would be lost.
    await expect
      .poll(async () => ask(group.servers[1]?.port ?? 0, 'GET', 'foo'), { timeout: 30_000 })
      .toBe('bar');
    await first.kill();
    await expect
      .poll(async () => (await group.primary()).port, { timeout: 30_000 })
      .toBe(group.servers[1]?.port);
    expect(await ask((await group.primary()).port, 'GET', 'foo')).toBe('bar');
  } finally {
    await group.stop();
  }
}, 90_000);
