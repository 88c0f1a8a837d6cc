import { createLocks, MemoryLockStore } from '@keepsake/locks';
import { RedisLockStore } from '@keepsake/locks/redis';
import { describe, expect, it } from 'vitest';
import { makeBench, watch } from './setup.ts';

describe('acquire', () => {
  it('gives a lease with name, 128-bit token and rising fence', async () => {
    const { locks } = makeBench();
    const first = await locks.acquire('a');
    await first.release();
    const second = await locks.acquire(['b', 'a', 'b']);
    expect(first).toMatchObject({ name: 'a', names: ['a'] });
    expect(second).toMatchObject({ name: 'a, b', names: ['a', 'b'] });
    expect(first.token).toMatch(/^[0-9a-f]{32}$/);
    expect(second.token).not.toBe(first.token);
    expect(second.fence).toBeGreaterThan(first.fence);
  });

  it('draws a new token each time', async () => {
    const { locks } = makeBench();
    const tokens = new Set<string>();
    for (let i = 0; i < 1_000; i += 1) tokens.add((await locks.acquire(`n${i}`)).token);
    expect(tokens.size).toBe(1_000);
    await locks.close();
  });

  it('waits until the lock is released, in the order of the callers, and is woken by the release', async () => {
    const { clock, store, locks } = makeBench();
    const order: number[] = [];
    const holder = await locks.acquire('a');
    const runs = [1, 2, 3].map((n) => locks.run('a', () => void order.push(n)));
    await clock.advance(100);
    expect(order).toEqual([]);
    const before = clock.now();
    await holder.release();
    await Promise.all(runs);
    expect(order).toEqual([1, 2, 3]);
    expect(clock.now()).toBe(before);
    // One question and one release each: waiting costs the store nothing.
    expect(store.calls.filter((call) => call === 'acquire')).toHaveLength(4);
  });

  it('is woken by a release in another process', async () => {
    const { clock, locks, elsewhere } = makeBench();
    const holder = await elsewhere.acquire('a');
    const waiting = watch(locks.acquire('a'));
    await clock.advance(500);
    expect(waiting.state).toBe('pending');
    await holder.release();
    await clock.advance(0);
    expect(waiting.state).toBe('done');
  });

  it('fault-28: goes on when the wake-up is lost, by the time that the lock had left', async () => {
    const { clock, truth, store, locks } = makeBench();
    truth.acquire(['a'], 'dead holder', 1_000);
    store.losesWakeUps = true;
    const waiting = watch(locks.acquire('a'));
    await clock.advance(300);
    truth.release(['a'], 'dead holder');
    await clock.advance(699);
    expect(waiting.state).toBe('pending');
    await clock.advance(101);
    expect(waiting.state).toBe('done');
  });

  it('fault-24: takes a lock over whose holder died, when it lapses', async () => {
    const { clock, truth, locks } = makeBench();
    truth.acquire(['a'], 'dead holder', 1_000);
    const waiting = watch(locks.acquire('a'));
    await clock.advance(999);
    expect(waiting.state).toBe('pending');
    await clock.advance(51);
    expect(waiting.state).toBe('done');
  });

  it('asks more often where no wake-ups can be had', async () => {
    const { clock, truth, locks, store } = makeBench();
    truth.acquire(['a'], 'holder', 60_000);
    const subscribe = store.onRelease.bind(store);
    store.onRelease = () => Promise.reject(new Error('no pub/sub here'));
    const waiting = watch(locks.acquire('a'));
    await clock.advance(1_000);
    truth.release(['a'], 'holder');
    await clock.advance(260);
    expect(waiting.state).toBe('done');
    store.onRelease = subscribe;
  });

  it('rejects ERR_LOCK_TIMEOUT after the wait, also while the store is frozen, and leaves no timer', async () => {
    for (const mode of ['up', 'frozen'] as const) {
      const { clock, store, truth, locks } = makeBench();
      truth.acquire(['a'], 'holder', 60_000);
      store.mode = mode;
      const waiting = watch(locks.acquire('a', { wait: '2s' }));
      await clock.advance(1_999);
      expect(waiting.state).toBe('pending');
      await clock.advance(1);
      expect(waiting.error).toMatchObject({ code: 'ERR_LOCK_TIMEOUT' });
      expect(clock.timers).toBe(0);
    }
  });

  it('with a wait of 0 asks once', async () => {
    const { truth, store, locks } = makeBench();
    truth.acquire(['a'], 'holder', 60_000);
    await expect(locks.acquire('a', { wait: 0 })).rejects.toMatchObject({ code: 'ERR_LOCK_TIMEOUT' });
    expect(store.calls).toEqual(['acquire']);
    await (await locks.acquire('b', { wait: 0 })).release();
  });

  it('who gives up lets the next one in line go on', async () => {
    const { clock, locks } = makeBench();
    const holder = await locks.acquire('a');
    const impatient = watch(locks.acquire('a', { wait: '100ms' }));
    const patient = watch(locks.acquire('a'));
    await clock.advance(150);
    expect(impatient.error).toMatchObject({ code: 'ERR_LOCK_TIMEOUT' });
    await holder.release();
    await clock.advance(0);
    expect(patient.state).toBe('done');
  });

  it('a lost lease lets the next one in line go on', async () => {
    const { clock, truth, locks } = makeBench();
    const holder = await locks.acquire('a');
    const next = watch(locks.acquire('a'));
    truth.release(['a'], holder.token);
    await clock.advance(400);
    expect(holder.signal.aborted).toBe(true);
    expect(next.state).toBe('done');
  });

  it('fault-27: a grant that comes later than half the TTL is given back, and the caller goes on', async () => {
    const { clock, store, truth, locks } = makeBench();
    store.replyDelayMs = 1_500;
    const waiting = watch(locks.acquire('a', { wait: '10s' }));
    await clock.advance(1_500);
    expect(waiting.state).toBe('pending');
    expect(store.calls).toContain('release');
    store.replyDelayMs = 0;
    await clock.advance(3_000);
    expect(waiting.state).toBe('done');
    expect(waiting.value?.remainingMs()).toBeGreaterThanOrEqual(500);
    await waiting.value?.release();
    await clock.advance(5_000);
    expect(truth.size).toBe(0);
  });

  it('fault-23: a grant that came over a sleep of the machine is given back, and the caller asks again', async () => {
    const { clock, store, locks } = makeBench();
    store.replyDelayMs = 10;
    const acquiring = watch(locks.acquire('a'));
    await clock.advance(5);
    // The monotonic clock slept as well: by it the grant is 10 ms old, and at the server it has lapsed.
    clock.stepWall(60_000);
    await clock.advance(5);
    expect(acquiring.state).toBe('pending');
    expect(store.calls).toContain('release');
    await clock.advance(100);
    expect(acquiring.state).toBe('done');
    acquiring.value?.assertHeld();
  });

  it('fault-27: while the store stays slower than the TTL there is never a lease', async () => {
    const { clock, store, truth, locks } = makeBench();
    store.replyDelayMs = 1_200;
    const waiting = watch(locks.acquire('a', { wait: '5s' }));
    const trying = watch(locks.tryAcquire('b'));
    await clock.advance(5_000);
    expect(waiting.error).toMatchObject({ code: 'ERR_LOCK_TIMEOUT' });
    expect(trying).toMatchObject({ state: 'done', value: undefined });
    await clock.advance(10_000);
    expect(truth.acquire(['a', 'b'], 'x', 10).granted).toBe(true);
  });

  it('whose answer was lost rejects ERR_UNAVAILABLE and frees the lock that it may have taken', async () => {
    const { clock, store, truth, locks } = makeBench();
    store.mode = 'lost-reply';
    await expect(locks.acquire('a')).rejects.toMatchObject({ code: 'ERR_UNAVAILABLE' });
    store.mode = 'up';
    await clock.advance(2_000);
    expect(truth.size).toBe(0);
  });

  it('whose caller left while the answer was under way frees what it was granted', async () => {
    const { clock, store, truth, locks } = makeBench();
    store.replyDelayMs = 300;
    const leaving = new AbortController();
    const waiting = watch(locks.acquire('a', { signal: leaving.signal }));
    await clock.advance(100);
    leaving.abort(new Error('user went home'));
    await clock.advance(0);
    expect(waiting.error).toEqual(new Error('user went home'));
    await clock.advance(1_000);
    expect(truth.size).toBe(0);
  });

  it('whose caller leaves in the very moment of the grant never leaks the lock', async () => {
    for (let order = 0; order < 2; order += 1) {
      const { clock, store, truth, locks } = makeBench();
      store.replyDelayMs = 300;
      const leaving = new AbortController();
      const abort = (): void => leaving.abort(new Error('user went home'));
      if (order === 0) clock.setTimer(abort, 300);
      const waiting = watch(locks.acquire('a', { signal: leaving.signal }));
      if (order === 1) clock.setTimer(() => queueMicrotask(abort), 300);
      await clock.advance(300);
      store.replyDelayMs = 0;
      await waiting.value?.release();
      await clock.advance(10);
      expect(truth.size).toBe(0);
    }
  });

  it('rejects ERR_UNAVAILABLE at once when the store is down', async () => {
    const { store, locks } = makeBench();
    store.mode = 'down';
    await expect(locks.acquire('a')).rejects.toMatchObject({ code: 'ERR_UNAVAILABLE' });
    await expect(locks.tryAcquire('a')).rejects.toMatchObject({ code: 'ERR_UNAVAILABLE' });
  });
});

describe('a waiter', () => {
  it('sits out a store that is away for a moment', async () => {
    const { clock, store, truth, locks } = makeBench();
    truth.acquire(['a'], 'holder', 60_000);
    const waiting = watch(locks.acquire('a', { wait: '1m' }));
    await clock.advance(100);
    store.mode = 'down';
    truth.release(['a'], 'holder');
    await clock.advance(1_500);
    expect(waiting.state).toBe('pending');
    store.mode = 'up';
    await clock.advance(300);
    expect(waiting.state).toBe('done');
  });

  it('rejects ERR_UNAVAILABLE when the store stays away', async () => {
    const { clock, store, truth, locks } = makeBench();
    truth.acquire(['a'], 'holder', 60_000);
    const waiting = watch(locks.acquire('a', { wait: '1m' }));
    await clock.advance(100);
    store.mode = 'down';
    truth.release(['a'], 'holder');
    await clock.advance(3_000);
    expect(waiting.error).toMatchObject({ code: 'ERR_UNAVAILABLE' });
    await locks.close();
    expect(clock.timers).toBe(0);
  });
});

describe('an AbortSignal', () => {
  it('that has aborted already rejects with its reason, and nothing is sent', async () => {
    const { store, locks } = makeBench();
    const reason = new Error('never mind');
    const signal = AbortSignal.abort(reason);
    await expect(locks.acquire('a', { signal })).rejects.toBe(reason);
    await expect(locks.tryAcquire('a', { signal })).rejects.toBe(reason);
    await expect(locks.run('a', () => 1, { signal })).rejects.toBe(reason);
    expect(store.calls).toEqual([]);
  });

  it('ends the wait with its reason, and has no effect on a lease', async () => {
    const { clock, locks } = makeBench();
    const stop = new AbortController();
    const holder = await locks.acquire('a', { signal: stop.signal });
    const waiting = watch(locks.acquire('a', { signal: stop.signal }));
    await clock.advance(10);
    stop.abort('enough');
    await clock.advance(0);
    expect(waiting).toMatchObject({ state: 'failed', error: 'enough' });
    holder.assertHeld();
    expect(await holder.release()).toBe(true);
  });
});

describe('several names', () => {
  it('are taken all or none, and two callers with the same names in another order do not block one another', async () => {
    const { clock, locks, elsewhere } = makeBench();
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise<void>((resolve) => clock.setTimer(resolve, 5));
      inside -= 1;
    };
    const runs = Array.from({ length: 40 }, (_, i) =>
      (i % 2 === 0 ? locks : elsewhere).run(i % 3 === 0 ? ['x', 'y'] : ['y', 'x'], work, { wait: '1m' }),
    );
    await clock.advance(60_000);
    await Promise.all(runs);
    expect(most).toBe(1);
  });

  it('wait for each of them, and ask the store when all of them are free here', async () => {
    const { clock, store, locks } = makeBench();
    const [x, y] = [await locks.acquire('x'), await locks.acquire('y')];
    const both = watch(locks.acquire(['x', 'y']));
    await x.release();
    await clock.advance(50);
    expect(both.state).toBe('pending');
    await y.release();
    await clock.advance(0);
    expect(both.state).toBe('done');
    expect(store.calls.filter((call) => call === 'acquire')).toHaveLength(3);
  });
});

describe('tryAcquire', () => {
  it('gives the lease or undefined, at once', async () => {
    const { locks } = makeBench();
    const lease = await locks.tryAcquire('a');
    expect(lease?.name).toBe('a');
    expect(await locks.tryAcquire('a')).toBeUndefined();
    expect(await locks.tryAcquire(['b', 'a'])).toBeUndefined();
    await lease?.release();
    expect((await locks.tryAcquire(['b', 'a']))?.name).toBe('a, b');
  });
});

describe('run', () => {
  it('gives what the work gives, releases, and passes its error on', async () => {
    const { truth, locks } = makeBench();
    expect(await locks.run('a', (lease) => lease.fence)).toBeGreaterThan(0);
    const error = new Error('work failed');
    await expect(locks.run('a', () => Promise.reject(error))).rejects.toBe(error);
    expect(truth.size).toBe(0);
  });

  it('rejects ERR_LOCK_LOST when the lock was lost before the work ended', async () => {
    const { clock, locks } = makeBench();
    const running = watch(
      locks.run('a', () => {
        clock.block(5_000);
        return 1;
      }),
    );
    await clock.advance(0);
    expect(running.error).toMatchObject({ code: 'ERR_LOCK_LOST', cause: 'expired' });
  });

  it('gives what the work gave when only the release cannot be sent', async () => {
    const { store, locks } = makeBench();
    const result = await locks.run('a', () => {
      store.mode = 'down';
      return 'done';
    });
    expect(result).toBe('done');
  });

  it('keeps 200 callers in two processes apart on a store with random delays', async () => {
    const { clock, store, locks, elsewhere } = makeBench();
    let inside = 0;
    let count = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      expect(inside).toBe(1);
      const seen = count;
      store.requestDelayMs = (seen * 7) % 11;
      store.replyDelayMs = (seen * 5) % 13;
      await new Promise<void>((resolve) => clock.setTimer(resolve, 3));
      count = seen + 1;
      inside -= 1;
    };
    const runs = Array.from({ length: 200 }, (_, i) =>
      (i % 2 === 0 ? locks : elsewhere).run('a', work, { wait: '10m' }),
    );
    await clock.advance(60_000);
    await Promise.all(runs);
    expect(count).toBe(200);
  });
});

describe('bad input', () => {
  it.each([
    [''],
    [undefined],
    [null],
    [7],
    [{}],
    [[]],
    [['a', '']],
    [['a', 7]],
    [[['a']]],
    [new Array(1)],
    ['\ud800'],
    ['x'.repeat(1_025)],
    [Array.from({ length: 65 }, (_, i) => `n${i}`)],
  ])('the name %j is refused with ERR_LOCK_NAME and nothing is sent', async (name) => {
    const { store, locks } = makeBench();
    const bad = name as never;
    await expect(locks.acquire(bad)).rejects.toMatchObject({ code: 'ERR_LOCK_NAME' });
    await expect(locks.tryAcquire(bad)).rejects.toMatchObject({ code: 'ERR_LOCK_NAME' });
    await expect(locks.run(bad, () => 1)).rejects.toMatchObject({ code: 'ERR_LOCK_NAME' });
    expect(store.calls).toEqual([]);
  });

  it.each([0, -1, NaN, Infinity, '9ms', '25d', 1e20, 'abc', null, {}])(
    'the TTL %s is refused with ERR_TTL',
    async (ttl) => {
      const { store, locks } = makeBench();
      const bad = { ttl } as never;
      await expect(locks.acquire('a', bad)).rejects.toMatchObject({ code: 'ERR_TTL' });
      await expect(locks.tryAcquire('a', bad)).rejects.toMatchObject({ code: 'ERR_TTL' });
      expect(store.calls).toEqual([]);
      expect(() => createLocks({ store: new MemoryLockStore(), ttl: ttl as never })).toThrow(
        expect.objectContaining({ code: 'ERR_TTL' }),
      );
    },
  );

  it.each([-1, NaN, 'abc', null])('the wait %s is refused with ERR_TTL', async (wait) => {
    const { locks } = makeBench();
    await expect(locks.acquire('a', { wait: wait as never })).rejects.toMatchObject({ code: 'ERR_TTL' });
  });

  it.each([undefined, null, {}, { store: undefined }, { store: 'redis' }])(
    'createLocks(%j) throws ERR_OPTION',
    (options) => {
      expect(() => createLocks(options as never)).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
    },
  );

  it('an option that nobody knows is refused, and the one that was meant is told', () => {
    const store = new MemoryLockStore();
    expect(() => createLocks({ store, wiat: 1 } as never)).toThrow(
      "createLocks: there is no option 'wiat'; did you mean 'wait'?",
    );
    // In silence the lock would count without a replica.
    const replica = { url: 'redis://127.0.0.1:1', replica: { wait: 1 } } as never;
    expect(() => new RedisLockStore(replica)).toThrow("did you mean 'replicas'?");
    expect(() => new MemoryLockStore({ clok: 1 } as never)).toThrow("did you mean 'clock'?");
  });
});
