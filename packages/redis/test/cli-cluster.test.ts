import { ask, type RedisCluster, startRedisCluster } from '@keepsake/tooling/servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommandLine } from '../src/cli/run.ts';
import { RedisBackend } from '../src/index.ts';
import { FOREVER, item } from './items.ts';

const KEYS = 60;

let cluster: RedisCluster;
let backend: RedisBackend;
beforeAll(async () => {
  cluster = await startRedisCluster();
  backend = new RedisBackend({ url: cluster.url, commandTimeout: 5 });
  await backend.connect(30_000);
}, 60_000);
afterAll(async () => {
  await backend.close();
  await cluster.stop();
});

/** The command, as from a script. */
const keepsake = async (...args: readonly string[]): Promise<{ code: number; out: string; err: string }> => {
  let [out, err] = ['', ''];
  const code = await runCommandLine(
    args,
    { REDIS_URL: cluster.url },
    {
      write: (text) => Promise.resolve(void (out += text)),
      writeError: (text) => Promise.resolve(void (err += text)),
      isInteractive: false,
      canRedraw: false,
      hasColour: false,
      columns: 100,
      ask: () => Promise.resolve(''),
    },
  );
  return { code, out, err };
};

describe('keepsake on a cluster', () => {
  it('lists, shows and clears the keys of all masters', async () => {
    const names = Array.from({ length: KEYS }, (_, i) => `photo:${i}`);
    await backend.setMany(names.map((name) => item(name, name, { life: FOREVER })));
    await backend.setMany([item('user:{1}', 'Lena', { tags: ['people'] })]);

    const listed = await keepsake('keys', 'photo:*', '--json');
    expect(
      new Set(
        listed.out
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as string),
      ),
    ).toEqual(new Set(names));
    const shown = JSON.parse((await keepsake('get', 'user:{1}', '--json')).out) as object;
    expect(shown).toMatchObject({ outcome: 'hit', value: 'Lena', tags: ['people'] });
    const tags = JSON.parse((await keepsake('tags', '--json')).out) as object;
    expect(tags).toMatchObject({ count: 1, tags: [{ tag: 'people' }] });
    const stats = JSON.parse((await keepsake('stats', '--json')).out) as {
      databaseKeys: number;
      families: object[];
    };
    expect(stats.databaseKeys).toBeGreaterThanOrEqual(KEYS + 2);
    expect(stats.families).toContainEqual(expect.objectContaining({ name: 'photo', keys: KEYS }));
    expect(await keepsake('clear', 'photo:*', '--yes')).toMatchObject({ code: 0 });
    expect((await keepsake('keys', '--json')).out.trim()).toBe('"user:{1}"');
  });

  it('finds nothing wrong with a cluster as such', async () => {
    const { out } = await keepsake('doctor', '--json');
    const { findings } = JSON.parse(out) as {
      findings: { check: string; severity: string; message: string }[];
    };
    expect(findings.find(({ check }) => check === 'role')).toMatchObject({
      severity: 'ok',
      message: 'cluster of 3 primaries, 3 replicas',
    });
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('warns where one shard without a primary would stop all of them', async () => {
    const set = (value: string): Promise<unknown> =>
      Promise.all(
        cluster.nodes.map(({ server }) =>
          ask(server.port, 'CONFIG', 'SET', 'cluster-require-full-coverage', value),
        ),
      );
    await set('yes');
    const { out } = await keepsake('doctor');
    await set('no');
    expect(out).toMatch(/warning +coverage/);
    expect((await keepsake('doctor')).out).not.toContain('coverage');
  });

  it('says where it was to look when nobody answers', async () => {
    const { code, err } = await keepsake(
      'stats',
      '--url',
      'redis+cluster://u:hunter2@127.0.0.1:1',
      '--timeout',
      '1s',
    );
    expect(code).toBe(3);
    expect(err).toContain('redis+cluster://127.0.0.1:1');
    expect(err).not.toContain('hunter2');
  });
});
