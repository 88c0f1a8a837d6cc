import { isMiss } from '@keepsake/core';
import { testRedisUrl } from '@keepsake/tooling/servers';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { FAIL_FAST, type RedisClient } from '../../src/client.ts';
import { eventually, makeBackend, ownPrefix } from '../harness.ts';
import { codeOf } from '../items.ts';

/** Well before a right lapses by itself. */
const SOON_MS = 1_500;

it('a read of many keys of which one fails keeps no right to fill the others', async () => {
  const prefix = ownPrefix();
  const client: RedisClient = new Redis(testRedisUrl(), FAIL_FAST);
  const call = client.callBuffer.bind(client);
  client.callBuffer = (command, args) =>
    args.includes(`${prefix}broken`) ? Promise.reject(new Error('lost')) : call(command, args);
  const [backend, peer] = [makeBackend({ client, prefix }), makeBackend({ prefix })];
  onTestFinished(async () => {
    await Promise.all([backend.close(), peer.close()]);
    client.disconnect();
  });
  await Promise.all([backend.connect(10_000), peer.connect(10_000)]);
  // The first read of a process asks without a right; by then it takes one at once.
  for (let i = 0; i < 100; i += 1) await backend.get(`other${i}`, 'fill');
  expect(await codeOf(backend.getMany(['a', 'broken', 'b'], 'fill'))).toBe('ERR_UNAVAILABLE');
  await eventually(async () => {
    const reads = await peer.getMany(['a', 'b'], 'fill');
    return reads.some((read) => isMiss(read) && read.fence !== undefined);
  }, SOON_MS);
});
