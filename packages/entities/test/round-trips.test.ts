import { randomUUID } from 'node:crypto';
import { type Cache, createCache } from '@keepsake/core';
import { transactional } from '@keepsake/core/transactions';
import { createPhotoCache, type PhotoCache } from '@keepsake/entities';
import { RedisBackend, RedisBus } from '@keepsake/redis';
import { testRedisUrl } from '@keepsake/tooling/servers';
import { type Command, Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';

/** A client that notes what it sends, but for the readings of the server's clock that are taken now and then. */
class NotingClient extends Redis {
  readonly sent: string[] = [];

  override sendCommand(command: Command, stream?: Parameters<Redis['sendCommand']>[1]): unknown {
    if (command.name !== 'time') this.sent.push(command.name.toUpperCase());
    return super.sendCommand(command, stream);
  }
}

const prefix = `trips-${randomUUID()}:`;
const client = new NotingClient(testRedisUrl(), {
  lazyConnect: true,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  enableOfflineQueue: false,
  socketTimeout: 5_000,
});
let cache: Cache;
let photos: PhotoCache;

beforeAll(async () => {
  await client.connect();
  const l2 = new RedisBackend({ client, prefix, commandTimeout: 5 });
  // The heartbeats of the bus go over a connection of their own.
  const bus = new RedisBus({ url: testRedisUrl(), channel: `${prefix}~bus` });
  cache = createCache({ l2, bus, l2Timeout: '5s' });
  await cache.connect({ timeout: '10s' });
  photos = createPhotoCache(cache);
  // The server is shown each script once.
  await photos.invalidateSearchCache();
  await photos.album.details.invalidate(0);
});
afterAll(async () => {
  await cache.clear();
  await cache.close();
  client.disconnect();
});

const CALLS: Readonly<Record<string, () => Promise<unknown>>> = {
  invalidateAlbumCache: () => photos.invalidateAlbumCache(1),
  'invalidateAlbumCache, told': () => photos.invalidateAlbumCache(1, { userId: [1, 2], personId: [3, 4] }),
  invalidatePhotoCache: () => photos.invalidatePhotoCache(1),
  invalidateFaceCache: () => photos.invalidateFaceCache(1),
  invalidatePersonCache: () => photos.invalidatePersonCache(1),
  invalidateUserCache: () => photos.invalidateUserCache(1),
  invalidateSearchCache: () => photos.invalidateSearchCache(),
  'album.details.invalidate': () => photos.album.details.invalidate(1),
  'album.photos.invalidate, all variants': () => photos.album.photos.invalidate(1),
};

it.each(Object.keys(CALLS))(
  '%s is one round trip, its message to the other processes included',
  async (name) => {
    for (let p = 0; p < 50; p += 1) await photos.cachePhotoDetails(p, 1, { albumId: 1 });
    client.sent.length = 0;
    await CALLS[name]?.();
    console.log(`${name}: ${client.sent.length} (${client.sent.join()})`);
    expect(client.sent).toEqual(['EVALSHA']);
  },
);

it('all invalidations of a transaction are one round trip', async () => {
  const { cache: tied, afterCommit } = transactional(cache);
  const bound = createPhotoCache(tied);
  client.sent.length = 0;
  await afterCommit(async () => {
    for (let id = 0; id < 3; id += 1) {
      await bound.invalidatePhotoCache(id, { albumId: 1 });
      await bound.invalidateFaceCache(id, { albumId: 1, photoId: id });
    }
    expect(client.sent).toEqual([]);
  });
  expect(client.sent).toEqual(['EVALSHA']);
});
