import { bundle, type Program } from '@keepsake/tooling/children';
import { startRedis } from '@keepsake/tooling/servers';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tell } from './figures.ts';

const PROCESSES = 8;
const CALLERS = 125;

describe('1,000 callers in 8 processes', { timeout: 120_000 }, () => {
  let waiters: Program;

  beforeAll(async () => {
    waiters = await bundle(new URL('../children/waiters.ts', import.meta.url));
  });
  afterAll(() => waiters.close());

  it('fault-32: cost the server at most 5 operations a hand-over of a lock, and one computation of a value', async () => {
    await using server = await startRedis();
    const client = new Redis(server.url);
    const children = Array.from({ length: PROCESSES }, () =>
      waiters.start(server.url, 'w:', String(CALLERS)),
    );
    const ask = async (line: string): Promise<string[]> => {
      for (const child of children) child.process.stdin?.write(`${line}\n`);
      return Promise.all(children.map((child) => child.line()));
    };
    try {
      await Promise.all(children.map((child) => child.line()));
      await client.call('CONFIG', 'RESETSTAT');
      expect(await ask('wait')).toEqual(children.map(() => 'done'));
      const stats = await client.info('commandstats');
      // What clients sent: the rest of the statistics are the commands inside scripts.
      const sent = [...stats.matchAll(/cmdstat_(?:eval|evalsha|subscribe|unsubscribe):calls=(\d+)/g)];
      const handOvers = PROCESSES * CALLERS;
      const each = sent.reduce((sum, [, calls]) => sum + Number(calls), 0) / handOvers;
      tell('fault-32', { 'hand-overs': handOvers, 'operations a hand-over': each });
      expect(each).toBeGreaterThanOrEqual(2);
      expect(each).toBeLessThanOrEqual(5);
      // All was given back: of a lock nothing is left but its fence.
      expect((await client.keys('w:~l*')).filter((key) => !key.endsWith('f'))).toEqual([]);
      expect(await ask('compute')).toEqual(children.map(() => '1'));
      for (const child of children) child.process.stdin?.end();
      expect(await Promise.all(children.map(({ ended }) => ended))).toEqual(children.map(() => 0));
    } finally {
      client.disconnect();
    }
  });
});
