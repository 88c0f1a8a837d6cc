/**
 * Keepsake's locks and rivals, each behind one call. Those that poll do it every 10 ms: with their defaults (redlock:
 * 200 ms) fifty contenders would mostly sleep.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLocks, MemoryLockStore } from '@keepsake/locks';
import { RedisLockStore } from '@keepsake/locks/redis';
import { Mutex } from 'async-mutex';
import { Redis } from 'ioredis';
import { Mutex as RedisMutex } from 'redis-semaphore';
import { Redlock4, Redlock5 } from './locks-redlock.ts';

const TTL_MS = 10_000;
const POLL_MS = 10;
const WAIT_MS = 600_000;
/** Of redlock: on, until the lock is had. */
const FOREVER = { retryCount: 1_000_000, retryDelay: POLL_MS, retryJitter: POLL_MS / 2 };

export type Release = () => unknown;

/** One process's end of the locks. */
export interface LockNode {
  /** Waits for the lock of `key` and holds it until the release that it gives. */
  acquire(key: string): Promise<Release>;
  close(): Promise<unknown>;
}

export interface LockSubject {
  readonly version: string;
  readonly kind: 'redis' | 'memory';
  open(url: string): Promise<LockNode>;
}

const RELEASE = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`;

type WithRelease = Redis & { free(key: string, token: string): Promise<unknown> };

/** Connected; that a rival's client has an error is shown, and never ends the bench. */
const connect = async (url: string): Promise<Redis> => {
  const redis = new Redis(url, { scripts: { free: { lua: RELEASE, numberOfKeys: 1 } } });
  redis.on('error', (error) => console.error(error));
  await redis.ping();
  return redis;
};

/** The least that a lock on Redis can cost: no fence, no renewal, no wake-up. */
const raw = async (url: string): Promise<LockNode> => {
  const redis = (await connect(url)) as WithRelease;
  return {
    acquire: async (key) => {
      const token = randomUUID();
      while ((await redis.set(`raw:${key}`, token, 'PX', TTL_MS, 'NX')) !== 'OK') await sleep(POLL_MS);
      return () => redis.free(`raw:${key}`, token);
    },
    close: () => redis.quit(),
  };
};

const redisSemaphore = async (url: string): Promise<LockNode> => {
  const redis = await connect(url);
  const options = { lockTimeout: TTL_MS, acquireTimeout: WAIT_MS, retryInterval: POLL_MS };
  return {
    acquire: async (key) => {
      const mutex = new RedisMutex(redis, `semaphore:${key}`, options);
      await mutex.acquire();
      return () => mutex.release();
    },
    close: () => redis.quit(),
  };
};

const redlock5 = async (url: string): Promise<LockNode> => {
  const redis = await connect(url);
  const redlock = new Redlock5([redis], FOREVER);
  // It tells each refusal as an error, too.
  redlock.on('error', () => undefined);
  return {
    acquire: async (key) => {
      const lock = await redlock.acquire([`redlock5:${key}`], TTL_MS);
      return () => lock.release();
    },
    close: () => redis.quit(),
  };
};

const redlock4 = async (url: string): Promise<LockNode> => {
  const redis = await connect(url);
  const redlock = new Redlock4([redis], FOREVER);
  // Beside what a call rejects with, it tells of each connection that ends.
  redlock.on('clientError', () => undefined);
  return {
    acquire: async (key) => {
      const lock = await redlock.lock(`redlock4:${key}`, TTL_MS);
      return () => lock.unlock();
    },
    close: () => redis.quit(),
  };
};

/** With fence, renewal and wake-ups; there is no plainer one. */
const keepsakeOn = (store: RedisLockStore | MemoryLockStore): LockNode => {
  const locks = createLocks({ store, ttl: TTL_MS / 1_000, wait: WAIT_MS / 1_000 });
  return {
    acquire: async (key) => {
      const lease = await locks.acquire(key);
      return () => lease.release();
    },
    close: () => locks.close(),
  };
};

const keepsakeRedis = async (url: string): Promise<LockNode> => {
  const node = keepsakeOn(new RedisLockStore({ url, commandTimeout: 10 }));
  await (
    await node.acquire('first')
  )();
  return node;
};

const keepsakeMemory = (): Promise<LockNode> => Promise.resolve(keepsakeOn(new MemoryLockStore()));

const asyncMutex = (): Promise<LockNode> => {
  const mutexes = new Map<string, Mutex>();
  return Promise.resolve({
    acquire: (key) => {
      const mutex = mutexes.get(key) ?? new Mutex();
      mutexes.set(key, mutex);
      return mutex.acquire();
    },
    close: () => Promise.resolve(),
  });
};

export const SUBJECTS: Readonly<Record<string, LockSubject>> = {
  'SET NX PX + EVALSHA': { version: '', kind: 'redis', open: raw },
  keepsake: { version: '', kind: 'redis', open: keepsakeRedis },
  'redis-semaphore': { version: '5.8', kind: 'redis', open: redisSemaphore },
  'redlock 5': { version: '5.0.0-beta.2', kind: 'redis', open: redlock5 },
  'redlock 4': { version: '4.2', kind: 'redis', open: redlock4 },
  'async-mutex': { version: '0.5', kind: 'memory', open: asyncMutex },
  'keepsake in memory': { version: '', kind: 'memory', open: keepsakeMemory },
};

export const RAW = 'SET NX PX + EVALSHA';
export const MUTEX = 'async-mutex';
