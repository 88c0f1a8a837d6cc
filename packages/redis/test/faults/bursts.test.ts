import { isMiss } from '@keepsake/core';
import { startRedis } from '@keepsake/tooling/servers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MAX_IN_FLIGHT } from '../../src/connection.ts';
import { RedisBackend } from '../../src/index.ts';
import { eventually, makeBackend, plainClient } from '../harness.ts';
import { codeOf, item, look } from '../items.ts';

const open = async (): Promise<RedisBackend> => {
  const backend = makeBackend({ commandTimeout: 20 });
  onTestFinished(() => backend.close());
  await backend.connect(10_000);
  return backend;
};

describe('more commands than a connection takes', { timeout: 60_000 }, () => {
  const many = MAX_IN_FLIGHT + 1_000;

  it('are stored and read all the same where one call sends them', async () => {
    const backend = await open();
    const items = Array.from({ length: many }, (_, i) => item(`k${i}`, i));
    expect(new Set(await backend.setMany(items))).toEqual(new Set(['stored']));
    const missing = items.map(({ key }) => `missing ${key}`);
    const reads = await backend.getMany(missing, 'fill');
    expect(reads.filter((read) => isMiss(read) && read.fence)).toHaveLength(many);
    await backend.clear('*');
  });

  it('fault-36: are refused at once beyond the bound where many calls send them, and the rest is answered', async () => {
    const backend = await open();
    const codes = await Promise.all(Array.from({ length: many }, () => codeOf(backend.get('k', 'read'))));
    const count = (wanted: string): number => codes.filter((code) => code === wanted).length;
    expect({ answered: count('none'), refused: count('ERR_UNAVAILABLE') }).toEqual({
      answered: MAX_IN_FLIGHT,
      refused: many - MAX_IN_FLIGHT,
    });
    expect(await look(backend, 'k')).toBe('miss: never-set');
  });
});

it('fault-6: a server that holds back writes alone executes none of them late', async () => {
  await using server = await startRedis();
  const backend = new RedisBackend({ url: server.url });
  const admin = plainClient(server.url);
  onTestFinished(async () => {
    await backend.close();
    admin.disconnect();
  });
  await backend.connect(10_000);
  await backend.setMany([item('k', 'before')]);
  await admin.call('CLIENT', 'PAUSE', '60000', 'WRITE');
  expect(await codeOf(backend.setMany([item('k', 'late'), item('other', 'late')]))).toBe('ERR_TIMEOUT');
  // What follows a write on the same connection waits behind it.
  expect(await codeOf(backend.get('k', 'read'))).toBe('ERR_TIMEOUT');
  expect(await codeOf(backend.touch('k', 86_400_000))).toBe('ERR_TIMEOUT');
  await admin.call('CLIENT', 'UNPAUSE');
  await eventually(async () => (await codeOf(backend.setMany([item('after', 1)]))) === 'none');
  expect(await look(backend, 'k')).toBe('before');
  expect(await look(backend, 'other')).toBe('miss: never-set');
});
