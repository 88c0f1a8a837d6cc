export { RedisLockStore, type RedisLockStoreOptions } from './redis/redis-lock-store.ts';
export type { ReplicasOptions } from './redis/replicas.ts';
