import { createCache, type Invalidation } from '@keepsake/core';
import { createEntityCache, createPhotoCache, defineEntity, type Query, valueType } from '@keepsake/entities';
import { describe, expectTypeOf, it } from 'vitest';

interface Album {
  name: string;
}
interface Photo {
  id: string;
  albumId: number;
}

describe('types', () => {
  const cache = createCache();
  const photos = createPhotoCache<{
    album: { details: Album; photos: Photo[] };
    photo: { details: Photo };
  }>(cache);

  it('give a part the type that was named for it', () => {
    expectTypeOf(photos.album.details.get(7)).resolves.toEqualTypeOf<Album | undefined>();
    expectTypeOf(photos.getCachedAlbumDetails(7)).resolves.toEqualTypeOf<Album | undefined>();
    expectTypeOf(photos.album.details.getOrSet(7, () => ({ name: 'a' }))).resolves.toEqualTypeOf<Album>();
    expectTypeOf(photos.getCachedPhotoList(7, { page: 1 })).resolves.toEqualTypeOf<Photo[] | undefined>();
    expectTypeOf(photos.photo.details.getMany(['a'])).resolves.toEqualTypeOf<
      Map<string | number | bigint, Photo>
    >();
    expectTypeOf(photos.getCachedFaceEmbedding(1)).resolves.toEqualTypeOf<Float32Array | undefined>();
    expectTypeOf(photos.getCachedUserProfile(1)).resolves.toBeUnknown();
    expectTypeOf(photos.getCachedUserProfile<Album>(1)).resolves.toEqualTypeOf<Album | undefined>();
    expectTypeOf(photos.user.profile.getOrSet(1, () => ({ name: 'a' }))).resolves.toEqualTypeOf<{
      name: string;
    }>();
    expectTypeOf(photos.invalidateAlbumCache(7)).resolves.toEqualTypeOf<Invalidation>();
    expectTypeOf(photos.incrementDownloadCount('a')).resolves.toBeNumber();
  });

  it('take ids, queries, variants and relations only where they belong', () => {
    expectTypeOf(photos.getCachedSearchResults).parameter(0).toEqualTypeOf<Query>();
    const unused = (): unknown[] => [
      // @ts-expect-error a value of another type
      photos.cacheAlbumDetails(7, { title: 'a' }),
      // @ts-expect-error an id is no object
      photos.getCachedAlbumDetails({ id: 7 }),
      // @ts-expect-error details have no variants
      photos.album.details.get(7, { variant: 1 }),
      photos.album.photos.get(7, { variant: { page: 1 } }),
      // @ts-expect-error an album lies below no photo
      photos.cacheAlbumDetails(7, { name: 'a' }, { photoId: 1 }),
      photos.cachePhotoDetails(1, { id: 'a', albumId: 7 }, { albumId: 7, ttl: '1m' }),
      // @ts-expect-error a photo lies below no face
      photos.cachePhotoDetails(1, { id: 'a', albumId: 7 }, { faceId: 7, ttl: '1m' }),
      photos.cacheFaceDetails(1, {}, { albumId: 7, photoId: 1, personId: [] }),
      photos.photo.details.getOrSet(1, (context) => {
        context.relate({ albumId: 7 });
        // @ts-expect-error a photo lies below no face
        context.relate({ faceId: 7 });
        return { id: 'a', albumId: 7 };
      }),
      photos.person.idByName.get([7, 'Ada']),
      // @ts-expect-error a name needs its album
      photos.person.idByName.get('Ada'),
      // @ts-expect-error a user has no photos
      photos.invalidatePhotoCache(1, { faceId: 1 }),
    ];
    expectTypeOf(unused).toBeFunction();
  });

  it('follow the declarations of an entity of another domain', () => {
    const customer = defineEntity('customer', { orders: { ttl: '10m', shows: ['order'] } });
    const order = defineEntity('order', {
      details: { ttl: ['30m', '1h'], value: valueType<{ total: number }>(), below: ['customer'] },
    });
    const { parts, invalidate } = createEntityCache(cache, [customer, order]);
    expectTypeOf(parts.order.details.get(1)).resolves.toEqualTypeOf<{ total: number } | undefined>();
    expectTypeOf(invalidate).parameter(0).toEqualTypeOf<'customer' | 'order'>();
    const unused = (): unknown[] => [
      parts.order.details.set(1, { total: 1 }, { customerId: 2 }),
      // @ts-expect-error an order lies below no shop
      parts.order.details.set(1, { total: 1 }, { shopId: 2 }),
      // @ts-expect-error a total is a number
      parts.order.details.set(1, { total: '1' }),
    ];
    expectTypeOf(unused).toBeFunction();
  });
});
