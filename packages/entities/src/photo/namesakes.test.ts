import { readFileSync } from 'node:fs';
import { createCache } from '@keepsake/core';
import { describe, expect, it } from 'vitest';
import { NAMESAKES } from './namesakes.ts';
import { createPhotoCache } from './photo-cache.ts';
import { photoEntities } from './photo-entities.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const parts = photoEntities.flatMap((entity) => Object.values(entity.parts));

describe('the functions by name', () => {
  it('exist for every row of the table', () => {
    const photos: object = createPhotoCache(createCache());
    for (const name of [...Object.keys(NAMESAKES), 'PhotoList']) {
      expect(Reflect.get(photos, `cache${name}`)).toBeTypeOf('function');
      expect(Reflect.get(photos, `getCached${name}`)).toBeTypeOf('function');
    }
  });

  it('stand in the README with the key and TTL of their part', () => {
    const nameOf = new Map(Object.entries(NAMESAKES).map(([name, path]) => [path.join('.'), name]));
    nameOf.set('album.photos', 'PhotoList');
    for (const { entity, name, template, ttl } of parts) {
      const path = `${entity}.${name}`;
      const functionName = nameOf.get(path);
      const row = readme.split('\n').find((line) => line.startsWith('|') && line.includes(`| \`${path}\` |`));
      expect(row).toContain(`\`${template.text}\``);
      expect(row).toContain(`| ${typeof ttl === 'object' ? ttl.join(' to ') : ttl} |`);
      if (functionName) expect(row).toContain(`\`cache${functionName}\`, \`getCached${functionName}\``);
    }
  });

  it('of the photo list tell a variant from options', async () => {
    const cache = createCache();
    const photos = createPhotoCache(cache);
    await photos.cachePhotoList(1, ['all'], { ttl: 17 });
    expect(await cache.ttl('album:1:photos')).toBeLessThanOrEqual(17);
    await photos.cachePhotoList(1, ['page'], { offset: 60, ttl: 17 }, { ttl: 30 });
    await photos.cachePhotoList(1, ['odd'], { ttl: 17 }, {});
    expect(await photos.getCachedPhotoList(1)).toEqual(['all']);
    expect(await photos.getCachedPhotoList(1, { ttl: 17, offset: 60 })).toEqual(['page']);
    expect(await photos.getCachedPhotoList(1, { ttl: 17 })).toEqual(['odd']);
    await photos.album.photos.invalidate(1, { variant: { ttl: 17 } });
    expect(await photos.getCachedPhotoList(1, { ttl: 17 })).toBeUndefined();
    expect(await photos.getCachedPhotoList(1)).toEqual(['all']);
    await photos.album.photos.invalidate(1);
    expect(await photos.getCachedPhotoList(1)).toBeUndefined();
    expect(await photos.getCachedPhotoList(1, { ttl: 17, offset: 60 })).toBeUndefined();
  });
});
