/** Pattern 8: stored only if nobody was faster. */
import assert from 'node:assert/strict';
import { createPhotoCache } from '@keepsake/entities';
import { MemoryLockStore, createLocks } from '@keepsake/locks';
import { openCache } from './cache.ts';
import { Table } from './database.ts';

interface Person {
  readonly id: string;
  readonly albumId: string;
  readonly name: string;
}

const cache = await openCache('pattern-8');
const photos = createPhotoCache(cache);
const locks = createLocks({ store: new MemoryLockStore() }); // RedisLockStore where there are several processes
const people = new Table<Person>();
const idByName = photos.person.idByName; // person_id:{album}:{name}, each part escaped

const getOrCreatePerson = async (albumId: string, name: string): Promise<string> => {
  const cachedId = await idByName.get<string>([albumId, name]);
  if (cachedId !== undefined) return cachedId;

  // A cache keeps nobody from creating the same person twice; a lock, or a unique index, does.
  return locks.run(`person:${albumId}:${name}`, async () => {
    const [known] = await people.where((row) => row.albumId === albumId && row.name === name);
    const person = known ?? { id: `person-${people.queries}`, albumId, name };
    if (!known) await people.save(person);
    await idByName.setIfAbsent([albumId, name], person.id, { personId: person.id });
    return person.id;
  });
};

const ids = await Promise.all(Array.from({ length: 5 }, () => getOrCreatePerson('a1', 'Ada')));
assert.equal(new Set(ids).size, 1);
assert.equal((await people.where(() => true)).length, 1);

const before = people.queries;
assert.equal(await getOrCreatePerson('a1', 'Ada'), ids[0]);
assert.equal(people.queries, before); // from the cache
assert.notEqual(await getOrCreatePerson('a1:Ada', 'Ada'), ids[0]); // another album

// The plain form, for any key: true for the one call that stored it.
const stored = await Promise.all([1, 2, 3].map((n) => cache.setIfAbsent('first', n, { ttl: '1h' })));
assert.deepEqual(stored.filter(Boolean).length, 1);

console.log('pattern 8: only if absent, ok');
await locks.close();
await cache.close();
