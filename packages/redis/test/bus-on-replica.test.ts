import { connect, createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { createCache } from '@keepsake/core';
import { startRedis } from '@keepsake/tooling/servers';
import { expect, it, onTestFinished } from 'vitest';
import { RedisBackend, RedisBus } from '../src/index.ts';
import { eventually, ownPrefix, plainClient } from './harness.ts';

/** An address behind which the server changes, as sentinels have it. */
const startAddress = async (port: number): Promise<{ url: string; port: number }> => {
  const address = { url: '', port };
  const server = createServer((client) => {
    const upstream = connect(address.port, '127.0.0.1');
    client.pipe(upstream).pipe(client);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  address.url = `redis://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return address;
};

it('fault-14: a bus that has come to a replica leaves it, and is heard once its address leads to the primary', async () => {
  await using primary = await startRedis();
  await using replica = await startRedis();
  const admin = plainClient(replica.url);
  onTestFinished(() => admin.disconnect());
  await admin.call('REPLICAOF', '127.0.0.1', String(primary.port));
  await eventually(async () => (await admin.info('replication')).includes('master_link_status:up'));
  const address = await startAddress(replica.port);
  const bus = new RedisBus({ url: address.url, channel: ownPrefix() });
  const cache = createCache({ l2: new RedisBackend({ url: primary.url, prefix: ownPrefix() }), bus });
  let ups = 0;
  let refusals = 0;
  cache.on('bus.up', () => (ups += 1));
  cache.on('backend.failed', () => (refusals += 1));
  await eventually(
    async () => Number(/cmdstat_evalsha:calls=(\d+)/.exec(await admin.info('commandstats'))?.[1]) > 2,
  );
  expect(ups).toBe(0);
  address.port = primary.port; // what is open stays where it is
  await eventually(() => ups > 0, 15_000);
  expect(refusals).toBe(0); // the store had nothing to do with it
  await cache.close();
});
