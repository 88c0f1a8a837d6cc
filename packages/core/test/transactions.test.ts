import { type Cache, createCache, invalidates, MemoryBackend } from '@keepsake/core';
import { defineFamily } from '@keepsake/core/families';
import { type PendingRemoval, transactional } from '@keepsake/core/transactions';
import { FakeClock } from '@keepsake/core/testing';
import { describe, expect, it } from 'vitest';

const ROLLBACK = new Error('rolled back');
const MAX_PENDING = 10_000;

const keysOf = async (cache: Cache): Promise<string[]> => {
  const keys: string[] = [];
  for await (const key of cache.keys()) keys.push(key);
  return keys.sort();
};

describe('a removal inside afterCommit', () => {
  it.each<[string, (cache: Cache) => Promise<unknown>]>([
    ['delete', (cache) => cache.delete('k')],
    ['deleteMany', (cache) => cache.deleteMany([['k'], 'other'])],
    ['expire', (cache) => cache.expire('k')],
    ['invalidateTags', (cache) => cache.invalidateTags(['t'])],
    ['invalidateTags to expire', (cache) => cache.invalidateTags(['t'], { mode: 'expire' })],
    ['clear', (cache) => cache.clear()],
    ['clear of a pattern', (cache) => cache.clear('k*')],
    ['clear of a prefix', (cache) => cache.clear({ prefix: ['k'] })],
    ['set', (cache) => cache.set('k', 'of the transaction')],
    ['setMany', (cache) => cache.setMany({ k: 'of the transaction' })],
    ['setMany of pairs', (cache) => cache.setMany(new Map([['k', 'of the transaction']]))],
    ['invalidates', (cache) => invalidates({ cache, keys: () => ['k'] })(async () => 1)()],
  ])('waits for the commit, and is dropped on a rollback: %s', async (_, remove) => {
    const beneath = createCache();
    const { cache, afterCommit } = transactional(beneath);
    await cache.set('k', 'old', { tags: ['t'] });
    const rolledBack = afterCommit(async () => {
      await remove(cache);
      throw ROLLBACK;
    });
    await expect(rolledBack).rejects.toBe(ROLLBACK);
    expect(await cache.get('k')).toBe('old');
    const result = await afterCommit(async () => {
      await remove(cache);
      expect(await beneath.get('k')).toBe('old');
      return 'committed';
    });
    expect(result).toBe('committed');
    expect(await cache.get('k')).toBeUndefined();
  });

  it('says that it has not been carried out, and counts afterwards as one', async () => {
    const { cache, afterCommit } = transactional(createCache());
    const calls: (readonly string[])[] = [];
    cache.on('tag.invalidated', ({ tags }) => calls.push(tags));
    await afterCommit(async () => {
      for (let i = 0; i < 100; i += 1) {
        expect(await cache.invalidateTags([`t${i % 50}`])).toEqual({ acknowledged: false, count: undefined });
      }
      expect(calls).toEqual([]);
    });
    expect(calls).toEqual([Array.from({ length: 50 }, (_, i) => `t${i}`)]);
  });

  it('is refused at once, and not after the commit, where it makes no sense', async () => {
    const { cache, afterCommit } = transactional(createCache());
    await afterCommit(async () => {
      await expect(cache.delete('')).rejects.toMatchObject({ code: 'ERR_KEY' });
      await expect(cache.invalidateTags([''])).rejects.toMatchObject({ code: 'ERR_TAG' });
      await expect(cache.invalidateTags(['#k'])).rejects.toMatchObject({ code: 'ERR_TAG' });
      await expect(cache.clear('x'.repeat(300))).rejects.toMatchObject({ code: 'ERR_PATTERN' });
      await expect(cache.clear(null as unknown as string)).rejects.toMatchObject({ code: 'ERR_PATTERN' });
    });
  });

  it('reaches the namespace that it was called on, and values of a family', async () => {
    const { cache, afterCommit } = transactional(createCache());
    const tenants = ['a', 'a:b'].map((name) => cache.namespace(name));
    for (const tenant of tenants) await tenant.set('k', tenant.name);
    const albums = defineFamily<string>(cache, { name: 'album' });
    await albums.set(7, 'Summer');
    await afterCommit(async () => {
      await tenants[1]?.clear();
      await albums.delete(7);
      expect(await albums.getOrSet(7, () => 'not committed')).toBe('not committed');
    });
    expect(await tenants[0]?.get('k')).toBe('default');
    expect(await tenants[1]?.get('k')).toBeUndefined();
    expect(await albums.get(7)).toBeUndefined();
  });

  it('of work that goes on after the end of its transaction is carried out at once', async () => {
    const { cache, afterCommit } = transactional(createCache());
    await cache.set('k', 1);
    let commit = (): void => undefined;
    const committed = new Promise<void>((resolve) => (commit = resolve));
    const late = await afterCommit(() => ({ done: committed.then(() => cache.delete('k')) }));
    commit();
    expect(await late.done).toMatchObject({ acknowledged: true });
    expect(await cache.get('k')).toBeUndefined();
  });

  it('is carried out where nobody knows whether it was committed', async () => {
    const { cache, afterCommit } = transactional(createCache());
    await cache.set('k', 1);
    const lost = new Error('the connection broke during COMMIT');
    const work = async (): Promise<void> => {
      await cache.delete('k');
      throw lost;
    };
    await expect(afterCommit(work, { isRolledBack: (error) => error !== lost })).rejects.toBe(lost);
    expect(await cache.get('k')).toBeUndefined();
  });

  it('of a savepoint waits for the outer commit, and goes with either rollback', async () => {
    const { cache, afterCommit } = transactional(createCache());
    const run = async (isInnerKept: boolean, isOuterKept: boolean): Promise<string[]> => {
      await cache.setMany({ inner: 1, outer: 1 });
      const outer = afterCommit(async () => {
        await cache.delete('outer');
        const inner = afterCommit(async () => {
          await cache.delete('inner');
          if (!isInnerKept) throw ROLLBACK;
        });
        await inner.catch(() => 'the savepoint is left, the transaction goes on');
        if (!isOuterKept) throw ROLLBACK;
      });
      await outer.catch(() => 'expected');
      return keysOf(cache);
    };
    expect(await run(true, true)).toEqual([]);
    expect(await run(false, true)).toEqual(['inner']);
    expect(await run(true, false)).toEqual(['inner', 'outer']);
  });

  it('of one transaction is nothing to another that runs meanwhile', async () => {
    const { cache, afterCommit } = transactional(createCache());
    await cache.setMany({ a: 1, b: 1 });
    const kept = afterCommit(async () => cache.delete('a'));
    const dropped = afterCommit(async () => {
      await cache.delete('b');
      await kept;
      throw ROLLBACK;
    });
    await expect(dropped).rejects.toBe(ROLLBACK);
    expect(await keysOf(cache)).toEqual(['b']);
  });

  it('has a bound: beyond it the namespace is cleared, and beyond that the cache', async () => {
    const { cache, afterCommit } = transactional(createCache());
    const count = async (remove: (i: number) => Promise<unknown>): Promise<PendingRemoval[]> => {
      let gathered: PendingRemoval[] = [];
      await afterCommit(async (commit) => {
        for (let i = 0; i < MAX_PENDING * 10; i += 1) await remove(i);
        gathered = commit.removals();
      });
      return gathered;
    };
    const sizeOf = (removals: readonly PendingRemoval[]): number =>
      removals.reduce((sum, removal) => sum + ('names' in removal ? removal.names.length : 1), 0);
    await cache.namespace('a').set('k', 1);
    await cache.namespace('b').set('k', 1);
    const ofOne = await count((i) => cache.namespace('a').delete(`k${i}`));
    expect(sizeOf(ofOne)).toBeLessThanOrEqual(MAX_PENDING);
    expect(await keysOf(cache)).toEqual(['b:k']);
    const ofMany = await count((i) => cache.namespace(`n${i}`).delete('x'));
    expect(sizeOf(ofMany)).toBeLessThanOrEqual(MAX_PENDING);
    expect(await keysOf(cache)).toEqual([]);
  }, 60_000);
});

describe('a read inside afterCommit', () => {
  it('finds nothing, and what a loader gives is stored by nobody', async () => {
    const beneath = createCache();
    const { cache, afterCommit } = transactional(beneath);
    await cache.setMany({ a: 'old', b: 'old' });
    await afterCommit(async () => {
      expect(await cache.get('a')).toBeUndefined();
      expect(await cache.getMany(['a', 'b'])).toEqual(new Map());
      expect(await cache.has('a')).toBe(false);
      expect(await cache.ttl('a')).toBeUndefined();
      expect(await cache.inspect('a')).toMatchObject({ outcome: 'miss', tags: [] });
      expect(await cache.setIfAbsent('c', 1)).toBe(false);
      const loaded = await cache.getOrSet('a', (context) => {
        context.setTtl('1h');
        context.addTags('t');
        context.skip();
        return `not committed: ${context.key}`;
      });
      expect(loaded).toBe('not committed: a');
      const many = await cache.getOrSetMany(['a', 'b', 'a'], async (missing) =>
        missing.map((key) => [key, 1]),
      );
      expect([...many]).toEqual([['a', 1], ['b', 1]]); // prettier-ignore
    });
    expect(await beneath.getMany(['a', 'b', 'c'])).toEqual(new Map([['a', 'old'], ['b', 'old']])); // prettier-ignore
  });

  it('passes on what a loader throws, and what it says of single keys', async () => {
    const { cache, afterCommit } = transactional(createCache());
    await afterCommit(async () => {
      await expect(cache.getOrSet('a', () => Promise.reject(ROLLBACK))).rejects.toBe(ROLLBACK);
      const load = (partial: boolean) =>
        cache.getOrSetMany(
          ['a', 'b'],
          async (_, context) => {
            context.fail('a', ROLLBACK);
            return [['b', 2]];
          },
          { partial },
        );
      await expect(load(false)).rejects.toMatchObject({ code: 'ERR_LOAD_MANY', cause: ROLLBACK });
      expect(await load(true)).toEqual(new Map([['b', 2]]));
      const aborted = cache.getOrSet('a', () => 1, { signal: AbortSignal.abort(ROLLBACK) });
      await expect(aborted).rejects.toBe(ROLLBACK);
    });
  });
});

describe('an outbox', () => {
  it('keeps what was gathered as JSON, and another process carries it out', async () => {
    const clock = new FakeClock();
    const l2 = new MemoryBackend({ clock });
    const open = () => transactional(createCache({ clock, l2 }));
    const [app, job] = [open(), open()];
    await app.cache.setMany({ a: 1, b: 1, 'c:1': 1 }, { tags: ['t'], grace: '1h' });
    await app.cache.namespace('n').set('k', 1);
    await app.cache.namespace('m').setMany({ k: 1, 'x:1': 1, 'y:1': 1 });
    let row = '';
    const crashed = app.afterCommit(async (commit) => {
      await app.cache.delete('a');
      await app.cache.expire('b');
      await app.cache.namespace('n').clear();
      await app.cache.namespace('m').clear('x:*');
      await app.cache.namespace('m').clear({ prefix: ['y', ''] });
      row = JSON.stringify(commit.removals());
      throw ROLLBACK; // as if the process died: nothing is carried out here
    });
    await expect(crashed).rejects.toBe(ROLLBACK);
    for (let time = 0; time < 2; time += 1) {
      const result = await job.carryOut(JSON.parse(row) as PendingRemoval[]);
      expect(result.acknowledged).toBe(true);
    }
    clock.block(500);
    expect(await keysOf(job.cache)).toEqual(expect.arrayContaining(['c:1', 'm:k']));
    expect(await app.cache.getMany(['a', 'b', 'c:1'])).toEqual(new Map([['c:1', 1]]));
    expect(await app.cache.namespace('n').get('k')).toBeUndefined();
    expect((await app.cache.namespace('m').getMany(['k', 'x:1', 'y:1'])).size).toBe(1);
  });
});

describe('read before, stored after', () => {
  /** Every order of a reader's steps and a writer's; each is what one call does. */
  const orders = (a: number, b: number): string[] =>
    a === 0 || b === 0
      ? ['r'.repeat(a) + 'w'.repeat(b)]
      : [...orders(a - 1, b).map((rest) => `r${rest}`), ...orders(a, b - 1).map((rest) => `w${rest}`)];

  const play = async (order: string, isNaive: boolean): Promise<unknown> => {
    const clock = new FakeClock();
    const l2 = new MemoryBackend({ clock });
    const here = transactional(createCache({ clock, l2 }));
    const elsewhere = createCache({ clock, l2 });
    const row = { committed: 'old' };
    await here.cache.set('before', 1);
    let resume = (): void => undefined;
    const pause = (): Promise<void> => new Promise((resolve) => (resume = resolve));
    const settle = async (): Promise<void> => {
      for (let i = 0; i < 50; i += 1) await Promise.resolve();
    };
    const reader = async (): Promise<void> => {
      const loaded = elsewhere.getOrSet('k', async () => {
        await pausedReader();
        const seen = row.committed;
        await pausedReader();
        return seen;
      });
      await loaded;
    };
    let resumeReader = (): void => undefined;
    const pausedReader = (): Promise<void> => new Promise((resolve) => (resumeReader = resolve));
    const transaction = async (): Promise<void> => {
      const remove = isNaive ? createCache({ clock, l2 }) : here.cache;
      await here.afterCommit(async () => {
        await pause(); // the row is written, but not committed
        await remove.delete('k');
        await pause();
        row.committed = 'new';
      });
    };
    const running: Promise<void>[] = [];
    const steps: Record<string, (() => void)[]> = {
      r: [() => void running.push(reader()), () => resumeReader(), () => resumeReader()],
      w: [() => void running.push(transaction()), () => resume(), () => resume()],
    };
    for (const actor of order) {
      steps[actor]?.shift()?.();
      await settle();
    }
    await Promise.all(running);
    clock.block(500);
    return elsewhere.get('k');
  };

  it('never leaves the old row behind, in any order', async () => {
    const left = new Set<unknown>();
    for (const order of orders(3, 3)) left.add(await play(order, false));
    expect([...left].sort()).toEqual(['new', undefined]);
  });

  it('is a test that a removal before the commit fails', async () => {
    const left: unknown[] = [];
    for (const order of orders(3, 3)) left.push(await play(order, true));
    expect(left).toContain('old');
  });
});
