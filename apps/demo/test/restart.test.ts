import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RedisServer, startRedis } from '../../../tooling/servers/index.ts';
import type { Album, Photo, PhotoPage } from '../src/photos/model.ts';
import { copySamples, makeFolder, removeFolder, startReadyDemo, type TestDemo } from './demo-fixture.ts';

let folder: string;
let env: Readonly<Record<string, string>>;
/** Each test starts its own demo on the folder that the first start has filled. */
let demo: TestDemo | undefined;
let firstIds: readonly string[];

beforeAll(async () => {
  folder = await makeFolder();
  const photos = join(folder, 'Trees');
  await copySamples(photos, ['acanthus-mollis.jpg', 'allium-oreophilum.jpg']);
  env = { DATA_DIR: join(folder, 'data'), PHOTOS_DIR: photos };
  const first = await startReadyDemo(env);
  firstIds = (await photosOf(first)).map(({ id }) => id);
  await first.api(`/photos/${firstIds[0]}/download`);
  await first.close();
}, 120_000);

afterAll(() => removeFolder(folder));

async function photosOf(running: TestDemo): Promise<readonly Photo[]> {
  const [album] = (await running.api('/albums')).body as Album[];
  return ((await running.api(`/albums/${album?.id}/photos`)).body as PhotoPage<Photo>).items;
}

async function withDemo(
  more: Readonly<Record<string, string>>,
  use: (running: TestDemo) => Promise<void>,
): Promise<void> {
  demo = await startReadyDemo({ ...env, ...more });
  try {
    await use(demo);
  } finally {
    await demo.close();
  }
}

describe('a second start', () => {
  it('imports nothing again, and has kept the download that was counted last', async () => {
    await withDemo({}, async (running) => {
      const photos = await photosOf(running);
      expect(photos.map(({ id }) => id)).toEqual(firstIds);
      expect(photos.map(({ downloads }) => downloads)).toEqual([1, 0]);
    });
  });

  it('with CACHE=off asks the database each time', async () => {
    await withDemo({ CACHE: 'off' }, async (running) => {
      const first = await running.api('/albums');
      const second = await running.api('/albums');
      expect(second.body).toEqual(first.body);
      expect([second.queries, second.hits, second.misses]).toEqual([1, 0, 0]);
      await running.api(`/photos/${firstIds[1]}/download`);
      expect((await photosOf(running)).map(({ downloads }) => downloads)).toEqual([1, 1]);
      expect((await running.api('/cache/stats')).body).toMatchObject({
        total_requests: 0,
        hit_rate: '0.00%',
      });
    });
  });
});

describe('Redis', () => {
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  it('serves a second process what the first has read', async () => {
    await withDemo({ REDIS_URL: redis.url }, async (running) => {
      await running.api('/albums');
    });
    await withDemo({ REDIS_URL: redis.url }, async (running) => {
      const albums = await running.api('/albums');
      expect([albums.queries, albums.hits, albums.misses]).toEqual([0, 1, 0]);
    });
  });

  it('may die while the app is used: pages, changes and downloads go on', async () => {
    await withDemo({ REDIS_URL: redis.url }, async (running) => {
      await photosOf(running);
      await redis.kill();
      const photos = await photosOf(running);
      expect(photos.map(({ id }) => id)).toEqual(firstIds);
      expect((await running.api(`/photos/${firstIds[0]}/image?size=thumb`)).status).toBe(200);
      expect((await running.api(`/photos/${firstIds[0]}/download`)).status).toBe(200);
      await redis.restart();
      expect((await running.api(`/photos/${firstIds[0]}`)).body).toMatchObject({ id: firstIds[0] });
    });
  });

  it('may freeze for a while: no download is lost', async () => {
    const downloadsOf = async (running: TestDemo): Promise<number> =>
      ((await running.api(`/photos/${firstIds[1]}`)).body as Photo).downloads;
    let before = 0;
    await withDemo({ REDIS_URL: redis.url }, async (running) => {
      before = await downloadsOf(running);
      const download = async (times: number): Promise<void> => {
        for (let i = 0; i < times; i += 1) await running.api(`/photos/${firstIds[1]}/download`);
      };
      await download(3);
      redis.pause();
      try {
        await download(2);
      } finally {
        redis.resume();
      }
      await download(2);
      await expect.poll(() => downloadsOf(running), { timeout: 10_000 }).toBe(before + 7);
    });
    await withDemo({ CACHE: 'off' }, async (running) => {
      expect(await downloadsOf(running)).toBe(before + 7);
    });
  });

  it('may be absent from the start', async () => {
    await withDemo({ REDIS_URL: 'redis://127.0.0.1:1' }, async (running) => {
      expect((await photosOf(running)).map(({ id }) => id)).toEqual(firstIds);
      expect((await running.api('/cache/stats')).status).toBe(200);
    });
  });
});
