import { createCache } from '@keepsake/core';
import { createPhotoCache, type WarmProgress } from '@keepsake/entities';
import { describe, expect, it } from 'vitest';

const users = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('warmUserCaches', () => {
  it('loads what is missing and leaves alone what is there', async () => {
    const photos = createPhotoCache(createCache());
    await photos.warmUserCache(1, 'as it was');
    const asked: unknown[] = [];
    const result = await photos.warmUserCaches(users(3), {
      profile: (id) => {
        asked.push(id);
        return `profile of ${id}`;
      },
      permissions: async (id) => [`of ${id}`],
    });
    expect(result).toEqual({ warmed: 3, failed: [], failures: 0 });
    expect(asked).toEqual([0, 2]);
    expect(await photos.getCachedUserProfile(1)).toBe('as it was');
    expect(await photos.getCachedUserProfile(2)).toBe('profile of 2');
    expect(await photos.getCachedUserPermissions(1)).toEqual(['of 1']);
    expect(await photos.getCachedUserSettings(1)).toBeUndefined();
  });

  it.each([[1], [3], [undefined]])('runs at most so many at a time: %s', async (concurrency) => {
    const photos = createPhotoCache(createCache());
    let running = 0;
    let most = 0;
    const profile = async (): Promise<number> => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return 1;
    };
    await photos.warmUserCaches(users(40), { profile }, concurrency === undefined ? {} : { concurrency });
    expect(most).toBe(concurrency ?? 8);
  });

  it('takes ids one by one, from what is still being read, and tells how far it is', async () => {
    const photos = createPhotoCache(createCache());
    let taken = 0;
    let done = 0;
    let most = 0;
    const rows = async function* (): AsyncGenerator<number> {
      for (const id of users(30)) {
        taken += 1;
        most = Math.max(most, taken - done);
        yield id;
      }
    };
    const told: WarmProgress[] = [];
    const onProgress = (progress: WarmProgress): void => {
      done = progress.done;
      told.push(progress);
    };
    await photos.warmUserCaches(rows(), { profile: () => 1 }, { concurrency: 2, onProgress });
    expect(most).toBeLessThanOrEqual(2);
    expect(told.map((progress) => progress.done)).toEqual(users(30).map((i) => i + 1));
    expect(told.at(-1)).toEqual({ done: 30, failed: 0, total: undefined });
  });

  it('goes on past those that fail, and tells the first hundred', async () => {
    const photos = createPhotoCache(createCache());
    const error = new Error('no row');
    const profile = (id: unknown): string => {
      if (Number(id) % 2 === 0) throw error;
      return 'ok';
    };
    const result = await photos.warmUserCaches(users(1_000), { profile });
    expect(result).toMatchObject({ warmed: 500, failures: 500 });
    expect(result.failed).toHaveLength(100);
    expect(result.failed[0]).toEqual({ id: 0, error });
    expect(await photos.getCachedUserProfile(999)).toBe('ok');
  });

  it('stops when its signal aborts: nothing new is begun, and what runs is given up', async () => {
    const photos = createPhotoCache(createCache());
    const controller = new AbortController();
    const begun: unknown[] = [];
    const signals: AbortSignal[] = [];
    const profile = (id: unknown, { signal }: { signal: AbortSignal }): Promise<never> => {
      begun.push(id);
      signals.push(signal);
      if (begun.length === 4) controller.abort(new Error('shutting down'));
      return new Promise(() => undefined); // hangs
    };
    const { signal } = controller;
    const warming = photos.warmUserCaches(users(100), { profile }, { concurrency: 4, signal });
    await expect(warming).rejects.toThrow('shutting down');
    expect(begun).toHaveLength(4);
    expect(signals.every((one) => one.aborted)).toBe(true);
    const late = photos.warmUserCaches(users(3), { profile }, { signal });
    await expect(late).rejects.toThrow('shutting down');
    expect(begun).toHaveLength(4);
  });

  it('stores nothing of a user who is invalidated during the load', async () => {
    const photos = createPhotoCache(createCache());
    const profile = async (): Promise<string> => {
      await photos.invalidateUserCache(7);
      return 'old';
    };
    await photos.warmUserCaches([7], { profile });
    expect(await photos.getCachedUserProfile(7)).toBeUndefined();
  });

  it('rejects with what onProgress or the ids throw, and begins no more', async () => {
    const photos = createPhotoCache(createCache());
    let begun = 0;
    const profile = (): number => (begun += 1);
    const onProgress = (): void => {
      throw new Error('of the listener');
    };
    const heard = photos.warmUserCaches(users(100), { profile }, { concurrency: 2, onProgress });
    await expect(heard).rejects.toThrow('of the listener');
    expect(begun).toBeLessThanOrEqual(2);
    const broken = function* (): Generator<number> {
      yield 1;
      throw new Error('of the table');
    };
    await expect(photos.warmUserCaches(broken(), { profile })).rejects.toThrow('of the table');
  });

  it('ends when the cache is closed, and asks for no more ids', async () => {
    const cache = createCache();
    const photos = createPhotoCache(cache);
    let taken = 0;
    const rows = async function* (): AsyncGenerator<number> {
      for (const id of users(1_000)) {
        taken += 1;
        yield id;
      }
    };
    const profile = async (id: unknown): Promise<unknown> => {
      if (id === 10) await cache.close();
      return id;
    };
    const warming = photos.warmUserCaches(rows(), { profile }, { concurrency: 2 });
    await expect(warming).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    expect(taken).toBeLessThan(20);
  });

  it('refuses what makes no sense', async () => {
    const photos = createPhotoCache(createCache());
    const refused = { code: 'ERR_OPTION' };
    for (const concurrency of [0, -1, 1.5, 1_001, NaN, '2' as unknown as number]) {
      await expect(photos.warmUserCaches([1], {}, { concurrency })).rejects.toMatchObject(refused);
    }
    await expect(photos.warmUserCaches(7 as unknown as number[], {})).rejects.toMatchObject(refused);
    const unknown = { nope: () => 1 } as Parameters<typeof photos.warmUserCaches>[1];
    await expect(photos.warmUserCaches([1], unknown)).rejects.toMatchObject(refused);
  });
});
