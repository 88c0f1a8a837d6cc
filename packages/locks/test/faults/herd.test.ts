import { randomUUID } from 'node:crypto';
import { bundle, type Program } from '@keepsake/tooling/children';
import { startRedis } from '@keepsake/tooling/servers';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tell } from './figures.ts';

const PROCESSES = 8;
const CALLERS = 125;

describe('1,000 callers in 8 processes', { timeout: 120_000 }, () => {
  let waiter: Program;

  beforeAll(async () => {
    waiter = await bundle(new URL('./children/waiter.ts', import.meta.url));
  });
  afterAll(() => waiter.close());

  /** How often the work was done, and how many commands all sent for it. */
  const herd = async (work: 'lock' | 'value'): Promise<{ count: number; commands: number }> => {
    await using server = await startRedis();
    const prefix = `t:${randomUUID()}:`;
    const client = new Redis(server.url);
    try {
      const children = Array.from({ length: PROCESSES }, () =>
        waiter.start(server.url, prefix, work, String(CALLERS)),
      );
      for (const child of children) expect(await child.line()).toBe('ready');
      for (const child of children) child.process.stdin?.write('go\n');
      let commands = 0;
      for (const child of children) commands += Number(await child.line());
      await Promise.all(children.map(({ ended }) => ended));
      return { count: Number(await client.get(`${prefix}count`)), commands };
    } finally {
      client.disconnect();
    }
  };

  it('fault-32: that want one lock cost the server few commands a hand-over', async () => {
    const { count, commands } = await herd('lock');
    tell('fault-32', { 'hand-overs': count, 'commands a hand-over': commands / count });
    expect(count).toBe(PROCESSES * CALLERS);
    expect(commands / count).toBeLessThanOrEqual(5);
  });

  it('fault-32: that want one value cause one computation', async () => {
    const { count, commands } = await herd('value');
    tell('fault-32', { computations: count, 'commands in all': commands });
    expect(count).toBe(1);
  });
});
