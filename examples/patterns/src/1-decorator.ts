/** Pattern 1: the results of a method are cached by its arguments. */
import assert from 'node:assert/strict';
import { cached, cacheResult, invalidates } from '@keepsake/core';
import { openCache } from './cache.ts';
import { Table } from './database.ts';

interface Album {
  readonly id: string;
  readonly title: string;
}

const cache = await openCache('pattern-1');
const albums = new Table<Album>([{ id: '7', title: 'Summer' }]);

class AlbumService {
  @cached({ cache, name: 'albums.get', key: (id: string) => ['albums', id], ttl: '1h' })
  async getAlbum(id: string): Promise<Album | undefined> {
    return albums.find(id);
  }

  @invalidates({ cache, keys: (_: void, album: Album) => [['albums', album.id]] })
  async saveAlbum(album: Album): Promise<void> {
    await albums.save(album);
  }
}

const service = new AlbumService();
await Promise.all([service.getAlbum('7'), service.getAlbum('7'), service.getAlbum('7')]);
assert.equal(albums.queries, 1); // three callers at once shared one query
await service.saveAlbum({ id: '7', title: 'Autumn' });
assert.equal((await service.getAlbum('7'))?.title, 'Autumn');

// The same for a function: the key is made of the name and the arguments.
const countByTitle = cacheResult({ cache, name: 'countByTitle', ttl: 3600 })(
  async (title: string) => (await albums.where((album) => album.title === title)).length,
);
assert.equal(await countByTitle('Autumn'), 1);
assert.equal(await countByTitle.peek('Autumn'), 1);

console.log('pattern 1: decorators, ok');
await cache.close();
