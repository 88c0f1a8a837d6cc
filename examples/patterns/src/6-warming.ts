/** Pattern 6: what a user will need is cached at login, and before a rush for many. */
import assert from 'node:assert/strict';
import { createPhotoCache } from '@keepsake/entities';
import { openCache } from './cache.ts';
import { Table } from './database.ts';

interface User {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: 'owner' | 'guest';
}

const cache = await openCache('pattern-6');
const photos = createPhotoCache<{ user: { profile: User; permissions: string[] } }>(cache);
const people = ['lena', 'mika', 'noor'];
const users = new Table<User>(
  people.map((id) => ({ id, name: id, email: `${id}@example.org`, role: 'owner' })),
);

const login = async (email: string): Promise<string> => {
  const [user] = await users.where((row) => row.email === email);
  if (!user) throw new Error('no such user');
  await photos.warmUserCache(user.id, user);
  return `token of ${user.id}`;
};

assert.equal(await login('lena@example.org'), 'token of lena');
assert.equal((await photos.getCachedUserProfile('lena'))?.role, 'owner');
assert.equal(users.queries, 1);

// Before a rush: several users, so many at a time, and what is cached already is left alone.
const progress: string[] = [];
const { warmed, failed } = await photos.warmUserCaches(
  people,
  {
    profile: async (userId) => {
      const user = await users.find(String(userId));
      if (!user) throw new Error('no such user');
      return user;
    },
    permissions: async (userId) => [`albums of ${userId}`],
  },
  { concurrency: 2, onProgress: ({ done, total }) => progress.push(`${done} of ${total}`) },
);
assert.equal(warmed, 3);
assert.deepEqual(failed, []);
assert.deepEqual(progress, ['1 of 3', '2 of 3', '3 of 3']);
assert.equal(users.queries, 3); // of the profiles only two were missing
assert.deepEqual(await photos.getCachedUserPermissions('noor'), ['albums of noor']);

console.log('pattern 6: warming, ok');
await cache.close();
