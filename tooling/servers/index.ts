export { type Certificate, makeCertificate } from './certificate.ts';
export { ask, type Reply } from './ask.ts';
export { startFaultProxy, type FaultProxy } from './fault-proxy.ts';
export { findFreePort } from './free-port.ts';
export { startPostgres, type PostgresServer } from './postgres-server.ts';
export { findRedis, type RedisBinary } from './redis-binary.ts';
export {
  type ClusterMember,
  type RedisCluster,
  startRedisCluster,
  type StartClusterOptions,
} from './redis-cluster.ts';
export { type RedisSentinel, startRedisSentinel, type StartSentinelOptions } from './redis-sentinel.ts';
export { startRedis, type RedisServer, type StartRedisOptions } from './redis-server.ts';
export { testRedisUrl } from './test-redis.ts';
export { startTlsFront, type TlsFront } from './tls-front.ts';
