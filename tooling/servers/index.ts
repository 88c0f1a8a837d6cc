export { startFaultProxy, type FaultProxy } from './fault-proxy.ts';
export { findFreePort } from './free-port.ts';
export { findRedis, type RedisBinary } from './redis-binary.ts';
export { startRedis, type RedisServer, type StartRedisOptions } from './redis-server.ts';
export { testRedisUrl } from './test-redis.ts';
