export { RedisCounterStore, type RedisCounterStoreOptions } from './redis/redis-counter-store.ts';
