import { expect, test } from 'vitest';
import { ask } from './ask.ts';
import { startRedisCluster } from './index.ts';

const SLOT_OF_FOO = 12_182;

test('a cluster serves all slots, moves one with its keys, and outlives a master', async () => {
  const cluster = await startRedisCluster({ nodeTimeoutMs: 1_000 });
  try {
    expect(cluster.nodes).toHaveLength(6);
    const owner = await cluster.masterOf(SLOT_OF_FOO);
    await ask(owner.server.port, 'SET', 'foo', 'bar');
    const other = await cluster.masterOf(0);
    expect(other.id).not.toBe(owner.id);

    await cluster.moveSlot(SLOT_OF_FOO, other);
    expect(await ask(other.server.port, 'GET', 'foo')).toBe('bar');
    await expect(ask(owner.server.port, 'GET', 'foo')).rejects.toThrow(/MOVED 12182/);

    await other.server.kill();
    await expect
      .poll(async () => (await cluster.masterOf(SLOT_OF_FOO)).id, { timeout: 30_000 })
      .not.toBe(other.id);
  } finally {
    await cluster.stop();
  }
}, 90_000);

test('an error reply rejects with the words of the server', async () => {
  await using cluster = await startRedisCluster({ masters: 1, replicas: 0 });
  const { port } = cluster.nodes[0]?.server ?? { port: 0 };
  await expect(ask(port, 'NO-SUCH')).rejects.toThrow(/unknown command/);
  expect(await ask(port, 'MGET', 'a', 'a')).toEqual([null, null]);
});
