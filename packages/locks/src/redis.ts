export { RedisLockStore, type RedisLockStoreOptions } from './redis/redis-lock-store.ts';
