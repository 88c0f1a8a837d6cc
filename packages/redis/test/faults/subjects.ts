import { type Cache, type CacheBackend, createCache } from '@keepsake/core';
import { RedisBackend, RedisBus } from '@keepsake/redis';
import { Redis } from 'ioredis';
import { type Argument, FAIL_FAST } from '../../src/client.ts';
import type { Keeper, Options, Subject } from './keeper.ts';
import { NaiveCache } from './naive-cache.ts';

/** What a cache of an app is: the defaults, with memory and a bus. */
export const openCache = (url: string, { isAlone = false, ...options }: Options = {}): Cache => {
  const l2 = new RedisBackend({ url });
  return isAlone
    ? createCache({ ...options, l1: false, l2 })
    : createCache({ ...options, l2, bus: new RedisBus({ url }) });
};

const OURS: Subject = { name: 'ours', open: openCache };

const NAIVE: Subject = { name: 'naive', open: (url) => new NaiveCache(url) };

/** A cache over a client that somebody has changed; the client ends with it. */
const openOver = (client: Redis, change: (backend: CacheBackend) => void = () => undefined): Keeper => {
  client.on('error', () => undefined);
  const backend = new RedisBackend({ client });
  change(backend);
  const cache = createCache({ l1: false, l2: backend });
  const close = async (): Promise<void> => {
    await cache.close();
    client.disconnect();
  };
  return { ...callsOf(cache), close };
};

const callsOf = (cache: Cache): Omit<Keeper, 'close'> => ({
  get: (key) => cache.get(key),
  getMany: (keys) => cache.getMany(keys),
  getOrSet: (key, loader, options) => cache.getOrSet(key, loader, options),
  set: (key, value, options) => cache.set(key, value, options),
  setMany: (entries) => cache.setMany(entries),
  touch: (key, ttl) => cache.touch(key, ttl),
  ttl: (key) => cache.ttl(key),
  increment: (key) => cache.increment(key),
  delete: (key) => cache.delete(key),
});

/** A careful client, but for what it does to the arguments of a command. */
const clientThatChanges = (url: string, change: (argument: Argument) => Argument): Redis => {
  const client = new Redis(url, FAIL_FAST);
  const call = client.callBuffer.bind(client);
  return Object.assign(client, {
    callBuffer: (command: string, args: Argument[]) => call(command, args.map(change)),
  });
};

/** A time of the server as deadlines are given: milliseconds since 1970, between 2020 and 2100. */
const isDeadline = (argument: Argument): boolean =>
  typeof argument === 'number' && argument > 1_577_836_800_000 && argument < 4_102_444_800_000;

const BROKEN: readonly Subject[] = [
  NAIVE,
  // A client with its default settings: what was under way when the connection broke is sent again.
  { name: 'resends', mustFail: 5, open: (url) => openOver(new Redis(url)) },
  {
    name: 'no-deadlines',
    mustFail: 6,
    open: (url) => openOver(clientThatChanges(url, (argument) => (isDeadline(argument) ? '' : argument))),
  },
  {
    name: 'no-fences',
    mustFail: 6,
    open: (url) =>
      openOver(clientThatChanges(url, (argument) => (argument === 'fence' ? 'always' : argument))),
  },
  {
    name: 'swallows-removals',
    mustFail: 41,
    open: (url) =>
      openOver(new Redis(url, FAIL_FAST), (backend) => {
        const remove = backend.removeMany.bind(backend);
        backend.removeMany = async (keys, mode) => {
          try {
            return await remove(keys, mode);
          } catch {
            return 0; // the mutation: a failure is taken for a removal of nothing
          }
        };
      }),
  },
];

export const MUTANTS: readonly string[] = BROKEN.slice(1).map(({ name }) => name);

export const subjectNamed = (name: string): Subject => {
  const found = [OURS, ...BROKEN].find((subject) => subject.name === name);
  if (!found) throw new Error(`no such subject: ${name}`);
  return found;
};
