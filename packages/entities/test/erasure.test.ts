import { randomUUID } from 'node:crypto';
import { type Cache, createCache, MemoryBackend } from '@keepsake/core';
import { FaultyBackend } from '@keepsake/core/testing';
import { createPhotoCache, type PhotoCache } from '@keepsake/entities';
import { RedisBackend, RedisBus } from '@keepsake/redis';
import { testRedisUrl } from '@keepsake/tooling/servers';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keysOf } from './caches.ts';

const SECRET = 'the secret of Ada';

/** A user with an album, a photo in it, and a face on it, which is a person's; and the same of somebody else. */
const fill = async (photos: PhotoCache, n: number): Promise<void> => {
  const value = `${SECRET} ${n}`;
  const of = { albumId: `a${n}`, photoId: `p${n}` };
  await photos.cacheUserAlbums(`u${n}`, value);
  await photos.cacheUserProfile(`u${n}`, value);
  await photos.cacheUserSettings(`u${n}`, value);
  await photos.cacheUserPermissions(`u${n}`, value);
  await photos.cacheAlbumDetails(`a${n}`, value);
  await photos.cacheAlbumSummary(`a${n}`, value);
  await photos.cacheFaceList(`a${n}`, value);
  await photos.cachePhotoList(`a${n}`, value);
  await photos.cachePhotoList(`a${n}`, value, { page: 2 });
  await photos.cachePhotoDetails(`p${n}`, value, { albumId: `a${n}` });
  await photos.cachePhotoStatus(`p${n}`, value);
  await photos.cacheFaceDetails(`f${n}`, value, { ...of, personId: `ada${n}` });
  await photos.cacheFaceEmbedding(`f${n}`, new Float32Array(4), of);
  await photos.cacheSimilarFaces(`f${n}`, value, of);
  await photos.cachePersonDetails(`ada${n}`, value);
  await photos.person.idByName.set([`a${n}`, 'Ada'], `ada${n}`, { personId: `ada${n}` });
  await photos.cacheSearchResults({ userId: `u${n}` }, value);
  await photos.cacheSearchSuggestions(`Ad${n}`, value);
  await photos.incrementDownloadCount(`p${n}`);
};

/** What is in the stores, not what would be served: by key, without the hashes. */
const shorten = (keys: readonly string[]): string[] =>
  keys.map((key) => key.replace(/[0-9a-f]{32}/, '#')).sort();

const OF_USER_2 = [
  'album:a2:details', 'album:a2:faces', 'album:a2:photos', 'album:a2:photos:#', 'album:a2:summary',
  'face:f2:details', 'face:f2:embedding', 'photo:p1:downloads', 'photo:p2:details', 'photo:p2:downloads',
  'user:u2:permissions', 'user:u2:profile', 'user:u2:settings',
]; // prettier-ignore

describe.each([
  { name: 'memory', tiers: ['l1'], make: () => createCache() },
  {
    name: 'a shared tier alone',
    tiers: ['l2'],
    make: () => createCache({ l1: false, l2: new MemoryBackend() }),
  },
  { name: 'two tiers', tiers: ['l1', 'l2'], make: () => createCache({ l2: new MemoryBackend() }) },
])('erasure on $name', ({ tiers, make }) => {
  const open = async (): Promise<{ cache: Cache; photos: PhotoCache }> => {
    const cache = make();
    const photos = createPhotoCache(cache);
    await fill(photos, 1);
    await fill(photos, 2);
    return { cache, photos };
  };

  it('of a user whose albums are told leaves what others have, and nothing of the user', async () => {
    const { cache, photos } = await open();
    const before = await cache.size();
    const erased = await photos.eraseUser('u1', { albumId: 'a1' });
    // Gone as well: the status of photos, which was not told an album, and lists that may show the albums.
    expect(shorten(await keysOf(cache))).toEqual([...OF_USER_2, 'person_id:a2:Ada'].sort());
    expect(erased).toMatchObject({ tiers, acknowledged: true });
    expect(erased.entries).toBe(before - (await cache.size()));
    expect(erased.tags).toEqual(expect.arrayContaining(['user:u1', 'album:a1', 'search.results']));
  });

  it('of a user of whom nothing is told leaves no album, photo or face, and no search', async () => {
    const { cache, photos } = await open();
    expect(await photos.eraseUser('u1')).toMatchObject({ tiers, acknowledged: true });
    expect(shorten(await keysOf(cache))).toEqual([
      'photo:p1:downloads', 'photo:p2:downloads',
      'user:u2:permissions', 'user:u2:profile', 'user:u2:settings',
    ]); // prettier-ignore
  });

  it('of a person drops the embeddings of the faces that are told, or of all', async () => {
    const { cache, photos } = await open();
    await photos.erasePerson('ada1', { faceId: ['f1'] });
    const keys = shorten(await keysOf(cache));
    expect(keys).toContain('face:f2:embedding');
    expect(keys).toContain('album:a2:details');
    expect(keys.filter((key) => /ada1|face:f1|search|similar|:faces|photo:.*details/.test(key))).toEqual([]);
    await fill(photos, 2);
    await photos.erasePerson('ada1');
    expect((await keysOf(cache)).filter((key) => key.startsWith('face:'))).toEqual([]);
    expect(await photos.getDownloadCount('p1')).toBe(1);
  });

  it("of somebody nothing is known of removes nothing that could be another's, once it was told", async () => {
    const { cache, photos } = await open();
    await photos.invalidateSearchCache();
    const erased = await photos.eraseUser('nobody', { albumId: [] });
    expect(erased.acknowledged).toBe(true);
    expect(await cache.get('user:u1:profile')).toBe(`${SECRET} 1`);
    expect(await cache.get('album:a1:details')).toBe(`${SECRET} 1`);
  });

  it('keeps a load out that began before', async () => {
    const { cache, photos } = await open();
    await cache.clear();
    await photos.user.profile.getOrSet('u1', async () => {
      await photos.eraseUser('u1', { albumId: [] });
      return SECRET;
    });
    expect(await keysOf(cache)).toEqual([]);
  });

  it('reaches entries of the app that have a tag of the user, and leaves the stale ones of others', async () => {
    const { cache, photos } = await open();
    await cache.set('feed:1', SECRET, { tags: [photos.tag('user', 'u1')] });
    await cache.set('feed:2', 'stale, for bad times', { grace: '1h' });
    await cache.expire('feed:2');
    await photos.eraseUser('u1', { albumId: 'a1' });
    const keys = await keysOf(cache);
    expect(keys).not.toContain('feed:1');
    expect(keys).toContain('feed:2');
  });
});

describe('erasure while the shared store is away', () => {
  it('says so, and serves nothing of the user once it is back', async () => {
    const l2 = new FaultyBackend(new MemoryBackend());
    const cache = createCache({ l2, l2Timeout: '20ms' });
    const photos = createPhotoCache(cache);
    await fill(photos, 1);
    l2.mode = 'down';
    expect(await photos.eraseUser('u1', { albumId: 'a1' })).toMatchObject({ acknowledged: false });
    expect(await photos.getCachedUserProfile('u1')).toBeUndefined();
    l2.mode = 'up';
    await expect
      .poll(async () => (await photos.eraseUser('u1', { albumId: 'a1' })).acknowledged, { timeout: 10_000 })
      .toBe(true);
    expect(await photos.getCachedUserProfile('u1')).toBeUndefined();
    expect(shorten(await keysOf(cache))).toEqual(['photo:p1:downloads']);
  });
});

describe('erasure on Redis with two processes', () => {
  const url = testRedisUrl();
  const prefix = `erasure-${randomUUID()}:`;
  const open = (): Cache =>
    createCache({
      l2: new RedisBackend({ url, prefix, commandTimeout: 5 }),
      bus: new RedisBus({ url, channel: `${prefix}~bus` }),
      l2Timeout: '5s',
    });
  const client = new Redis(url);
  let here: Cache;
  let elsewhere: Cache;

  beforeAll(async () => {
    [here, elsewhere] = [open(), open()];
    await Promise.all([here.connect({ timeout: '10s' }), elsewhere.connect({ timeout: '10s' })]);
  });
  afterAll(async () => {
    await here.clear();
    await Promise.all([here.close(), elsewhere.close()]);
    client.disconnect();
  });

  it(
    'leaves no byte of the user in Redis, and nothing in the memory of either',
    { timeout: 60_000 },
    async () => {
      const photos = createPhotoCache(here);
      const others = createPhotoCache(elsewhere);
      await fill(photos, 1);
      await fill(photos, 2);
      expect(await others.getCachedUserProfile('u1')).toBe(`${SECRET} 1`);
      const before = new Set(await keysOf(here)); // a SCAN may come by a key twice
      const erased = await others.eraseUser('u1', { albumId: 'a1' });
      expect(erased).toMatchObject({ tiers: ['l1', 'l2'], acknowledged: true });
      expect(erased.entries).toBe(before.size - new Set(await keysOf(here)).size);
      const stored = await client.keys(`${prefix}*`);
      const values = await Promise.all(stored.map(async (key) => (await client.dump(key)) ?? ''));
      expect(values.filter((value) => value.includes(`${SECRET} 1`))).toEqual([]);
      expect(stored.filter((key) => /:(u1|a1|ada1|f1)\b/.test(key) && !key.includes('~'))).toEqual([]);
      expect(await photos.getCachedUserProfile('u2')).toBe(`${SECRET} 2`);
      await new Promise((resolve) => setTimeout(resolve, 600));
      expect(await photos.getCachedUserProfile('u1')).toBeUndefined();
    },
  );
});
