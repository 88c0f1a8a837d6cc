import { createCache } from '@keepsake/core';
import { describe, expect, it } from 'vitest';
import { createEntityCache } from './entity-cache.ts';
import { defineEntity } from './define-entity.ts';
import { createPhotoCache } from './photo/photo-cache.ts';
import { photoEntities } from './photo/photo-entities.ts';
import { MAX_TOLD, ownTags, RelationGraph, relationTags, tagOf } from './relations.ts';

const MAX_TAGS = 64;
const many = Array.from({ length: MAX_TOLD * 10 }, (_, i) => i);
const parts = photoEntities.flatMap((entity) => Object.values(entity.parts));
const kinds = photoEntities.map((entity) => entity.name);
const toldOf = (count: number) =>
  Object.fromEntries(kinds.map((kind) => [`${kind}Id`, many.slice(0, count)]));

describe('tags', () => {
  it('leave room for tags of the caller, however much is told', () => {
    for (const count of [1, MAX_TOLD, MAX_TOLD * 10]) {
      for (const part of parts) {
        const ids = part.template.names.map(() => 'x');
        const tags = [...ownTags(part, ids), ...relationTags(part, ids, toldOf(count))];
        expect(tags.length).toBeLessThanOrEqual(MAX_TAGS - 16);
      }
      for (const kind of kinds) {
        const tags = new RelationGraph(photoEntities).invalidationTags(kind, 'x', toldOf(count));
        expect(tags.length).toBeLessThanOrEqual(MAX_TAGS);
      }
    }
  });

  it('become wide rather than too many', async () => {
    const owners = Array.from({ length: 8 }, (_, i) =>
      defineEntity(`owner${i}`, { list: { ttl: 1, shows: ['thing'] } }),
    );
    const thing = defineEntity('thing', { details: { ttl: 1, below: owners.map(({ name }) => name) } });
    const { parts: bound, invalidate } = createEntityCache(createCache(), [...owners, thing]);
    const list = bound['owner3']?.['list'];
    await list?.set(5, 'with the thing');
    await invalidate(
      'thing',
      1,
      Object.fromEntries(owners.map(({ name }) => [`${name}Id`, many.slice(0, 12)])),
    );
    expect(await list?.get(5)).toBeUndefined();
  });

  it('of lists that are too long stand for everything', async () => {
    const photos = createPhotoCache(createCache());
    await photos.cacheFaceDetails('f', 1, { albumId: 1, photoId: 1, personId: many });
    await photos.cacheAlbumSummary(99, 1);
    await photos.invalidatePersonCache('someone else');
    expect(await photos.getCachedFaceDetails('f')).toBeUndefined();
    await photos.invalidatePhotoCache(1, { albumId: many.slice(0, MAX_TOLD + 1) });
    expect(await photos.getCachedAlbumSummary(99)).toBeUndefined();
  });

  it('of long ids are short, apart and still found', async () => {
    const [a, b] = ['a'.repeat(10_000), `${'a'.repeat(9_999)}b`];
    expect(tagOf('user', a)).not.toBe(tagOf('user', b));
    const photos = createPhotoCache(createCache());
    for (const id of [a, b]) await photos.cacheUserProfile(id, 1);
    await photos.invalidateUserCache(a);
    expect(await photos.getCachedUserProfile(a)).toBeUndefined();
    expect(await photos.getCachedUserProfile(b)).toBe(1);
    await photos.cachePhotoList(a, [1], 'page 2');
    await photos.album.photos.invalidate(a);
    expect(await photos.getCachedPhotoList(a, 'page 2')).toBeUndefined();
  });

  it('refuse relations that are no ids', async () => {
    const photos = createPhotoCache(createCache());
    for (const albumId of ['', null, {}] as string[]) {
      await expect(photos.cachePhotoDetails(1, 1, { albumId })).rejects.toMatchObject({ code: 'ERR_KEY' });
      await expect(photos.invalidatePhotoCache(1, { albumId })).rejects.toMatchObject({ code: 'ERR_KEY' });
    }
  });
});
