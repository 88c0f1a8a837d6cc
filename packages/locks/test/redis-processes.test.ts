import { randomUUID } from 'node:crypto';
import { bundle, type Program } from '@keepsake/tooling/children';
import { testRedisUrl } from '@keepsake/tooling/servers';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

describe('locks over processes', () => {
  let contender: Program;
  let client: Redis;

  beforeAll(async () => {
    client = new Redis(testRedisUrl());
    contender = await bundle(new URL('./children/contender.ts', import.meta.url));
  });
  afterAll(async () => {
    await contender.close();
    client.disconnect();
  });

  it('3 contending processes lose no update, and their fences rise in the order of their writes', async () => {
    const prefix = `t:${randomUUID()}:`;
    const contenders = [1, 2, 3].map(() => contender.start(testRedisUrl(), prefix, '60'));
    expect(await Promise.all(contenders.map(({ ended }) => ended))).toEqual([0, 0, 0]);
    expect(await client.get(`${prefix}register`)).toBe('180');
    const fences = (await client.lrange(`${prefix}fences`, 0, -1)).map(Number);
    expect(fences).toHaveLength(180);
    expect(fences.every((fence, at) => at === 0 || fence > (fences[at - 1] ?? 0))).toBe(true);
  });
});
