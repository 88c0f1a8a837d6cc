/** Pattern 2: get, query, set and delete by hand. */
import assert from 'node:assert/strict';
import { userKey } from '@keepsake/entities';
import { openCache } from './cache.ts';
import { Table } from './database.ts';

interface User {
  readonly id: string;
  readonly name: string;
}

const cache = await openCache('pattern-2');
const users = new Table<User>([{ id: 'u1', name: 'Lena' }]);

const getUserProfile = async (userId: string): Promise<User | null> => {
  const key = userKey(userId, 'profile');

  // Try the cache first. A cached `null` (there is no such user) is a value: only `undefined` is a miss.
  const { outcome, value, fence } = await cache.inspect<User | null>(key);
  if (outcome === 'hit') return value ?? null;

  const user = (await users.find(userId)) ?? null;

  // The fence refuses the value if somebody has changed the user since the miss.
  await cache.set(key, user, { ttl: '1h', fence });
  return user;
};

const updateUserProfile = async (user: User): Promise<void> => {
  await users.save(user);
  await cache.delete(userKey(user.id, 'profile'));
};

await getUserProfile('u1');
await getUserProfile('u1');
assert.equal(users.queries, 1);
await getUserProfile('nobody');
await getUserProfile('nobody');
assert.equal(users.queries, 2);

await updateUserProfile({ id: 'u1', name: 'Lena Berg' });
assert.equal((await getUserProfile('u1'))?.name, 'Lena Berg');

// The same in one call, which also lets callers at once share a query:
const getUser = (userId: string) =>
  cache.getOrSet(userKey(userId, 'profile'), async () => (await users.find(userId)) ?? null, { ttl: '1h' });
assert.equal((await getUser('u1'))?.name, 'Lena Berg');

console.log('pattern 2: by hand, ok');
await cache.close();
