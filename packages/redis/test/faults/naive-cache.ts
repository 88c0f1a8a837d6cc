import { Redis } from 'ioredis';
import type { Keeper } from './keeper.ts';

const TTL_MS = 300_000;

/** What one writes first: a client with its default settings, GET and SET with JSON. */
export class NaiveCache implements Keeper {
  readonly #redis: Redis;

  constructor(url: string) {
    this.#redis = new Redis(url);
    // Without a listener the client prints each error.
    this.#redis.on('error', () => undefined);
  }

  async get<T = unknown>(key: string): Promise<T | undefined> {
    const text = await this.#redis.get(key);
    return text === null ? undefined : (JSON.parse(text) as T);
  }

  async getMany<T = unknown>(keys: readonly string[]): Promise<Map<string, T>> {
    const texts = await this.#redis.mget([...keys]);
    return new Map(
      keys.flatMap((key, i) =>
        texts[i] === null || texts[i] === undefined ? [] : [[key, JSON.parse(texts[i]) as T] as const],
      ),
    );
  }

  async getOrSet<T>(key: string, loader: () => T | Promise<T>): Promise<T> {
    const found = await this.get<T>(key);
    if (found !== undefined) return found;
    const made = await loader();
    await this.set(key, made);
    return made;
  }

  async set(key: string, value: unknown): Promise<boolean> {
    return (await this.#redis.set(key, JSON.stringify(value), 'PX', TTL_MS)) === 'OK';
  }

  async setMany(entries: Readonly<Record<string, unknown>>): Promise<number> {
    const done = await Promise.all(Object.entries(entries).map(([key, value]) => this.set(key, value)));
    return done.length;
  }

  async touch(key: string, ttl: number): Promise<boolean> {
    return (await this.#redis.pexpire(key, ttl * 1_000)) === 1;
  }

  async ttl(key: string): Promise<number | undefined> {
    return (await this.#redis.pttl(key)) / 1_000;
  }

  increment(key: string): Promise<number> {
    return this.#redis.incr(key);
  }

  async delete(key: string): Promise<{ acknowledged: boolean }> {
    await this.#redis.del(key);
    return { acknowledged: true };
  }

  async close(): Promise<void> {
    this.#redis.disconnect();
  }
}
