import { describe, expect, it } from 'vitest';
import { makeBench, watch } from './setup.ts';

describe("mode: 'read'", () => {
  it('is held by many at once, over processes, and by nobody together with a writer', async () => {
    const { clock, locks, elsewhere } = makeBench();
    const readers = [
      await locks.acquire('a', { mode: 'read' }),
      await locks.acquire('a', { mode: 'read' }),
      await elsewhere.acquire('a', { mode: 'read' }),
    ];
    const writer = watch(elsewhere.acquire('a'));
    await clock.advance(10);
    expect(writer.state).toBe('pending');
    expect(await locks.tryAcquire('a', { mode: 'write' })).toBeUndefined();
    for (const reader of readers) await reader.release();
    await clock.advance(0);
    expect(writer.state).toBe('done');
    expect(await locks.tryAcquire('a', { mode: 'read' })).toBeUndefined();
  });

  it('readers that keep coming do not starve a writer', async () => {
    const { clock, locks, elsewhere } = makeBench();
    let isOver = false;
    const read = async (): Promise<void> => {
      while (!isOver) {
        await locks.run('a', () => new Promise<void>((resolve) => clock.setTimer(resolve, 10)), {
          mode: 'read',
        });
      }
    };
    const readers = [read(), read(), read()];
    await clock.advance(25);
    const writer = watch(elsewhere.acquire('a', { wait: '1s' }));
    await clock.advance(20);
    expect(writer.state).toBe('done');
    await writer.value?.release();
    isOver = true;
    await clock.advance(50);
    await Promise.all(readers);
  });

  it('renews itself, and is lost as expired when the store knows it no more', async () => {
    const { clock, truth, locks } = makeBench();
    const reader = await locks.acquire('a', { mode: 'read' });
    await clock.advance(10_000);
    reader.assertHeld();
    truth.release(['a'], reader.token);
    await clock.advance(400);
    expect(reader.signal.reason).toMatchObject({ code: 'ERR_LOCK_LOST', cause: 'expired' });
  });

  it.each(['append', '', null, 1])('the mode %j is refused with ERR_OPTION', async (mode) => {
    const { store, locks } = makeBench();
    const bad = { mode } as never;
    await expect(locks.acquire('a', bad)).rejects.toMatchObject({ code: 'ERR_OPTION' });
    await expect(locks.tryAcquire('a', bad)).rejects.toMatchObject({ code: 'ERR_OPTION' });
    expect(store.calls).toEqual([]);
  });

  it.each(['yes', null, 1])('fair: %j is refused with ERR_OPTION', async (fair) => {
    const { store, locks } = makeBench();
    await expect(locks.acquire('a', { fair } as never)).rejects.toMatchObject({ code: 'ERR_OPTION' });
    expect(store.calls).toEqual([]);
  });
});

describe('a semaphore', () => {
  it('gives out as many permits as it has, over processes, in the order of the callers', async () => {
    const { clock, locks, elsewhere } = makeBench();
    let inside = 0;
    let most = 0;
    const order: number[] = [];
    const work = (at: number) => async (): Promise<void> => {
      order.push(at);
      inside += 1;
      most = Math.max(most, inside);
      await new Promise<void>((resolve) => clock.setTimer(resolve, 10));
      inside -= 1;
    };
    const runs: Promise<void>[] = [];
    for (let at = 0; at < 20; at += 1) {
      runs.push((at % 2 === 0 ? locks : elsewhere).semaphore('s', 3).run(work(at)));
      await clock.advance(0);
    }
    await clock.advance(1_000);
    await Promise.all(runs);
    expect(most).toBe(3);
    expect(order).toEqual(Array.from({ length: 20 }, (_, at) => at));
  });

  it('the permit of a dead holder is had when its TTL is over', async () => {
    const { clock, truth, locks } = makeBench();
    truth.acquireInLine(['s'], 'dead holder', 1_000, { holders: 2, placeMs: 0 });
    const semaphore = locks.semaphore('s', 2);
    const first = await semaphore.acquire();
    const second = watch(semaphore.acquire());
    await clock.advance(990);
    expect(second.state).toBe('pending');
    await clock.advance(60);
    expect(second.state).toBe('done');
    first.assertHeld();
  });

  it('tryAcquire gives a permit or undefined, acquire rejects ERR_LOCK_TIMEOUT after its wait', async () => {
    const { clock, locks } = makeBench();
    const semaphore = locks.semaphore('s', 2);
    expect(semaphore).toMatchObject({ name: 's', permits: 2 });
    const permits = [await semaphore.tryAcquire(), await semaphore.tryAcquire()];
    expect(new Set(permits.map((lease) => lease?.fence)).size).toBe(2);
    expect(await semaphore.tryAcquire()).toBeUndefined();
    const late = watch(semaphore.acquire({ wait: '100ms' }));
    await clock.advance(110);
    expect(late.error).toMatchObject({ code: 'ERR_LOCK_TIMEOUT' });
    await expect(semaphore.acquire({ wait: 0 })).rejects.toMatchObject({ code: 'ERR_LOCK_TIMEOUT' });
    await permits[0]?.release();
    expect((await semaphore.acquire({ wait: 0 })).name).toBe('s');
  });

  it('a caller that leaves while its answer is under way frees what it was granted', async () => {
    const { clock, store, truth, locks } = makeBench();
    store.replyDelayMs = 300;
    const leaving = new AbortController();
    const waiting = watch(locks.semaphore('s', 2).acquire({ signal: leaving.signal }));
    await clock.advance(100);
    leaving.abort(new Error('user went home'));
    await clock.advance(1_000);
    expect(waiting.state).toBe('failed');
    expect(truth.size).toBe(0);
  });

  it.each([0, -1, 1.5, NaN, Infinity, 10_001, '3', null])(
    '%j permits are refused with ERR_OPTION',
    (permits) => {
      const { locks } = makeBench();
      expect(() => locks.semaphore('s', permits as never)).toThrow(
        expect.objectContaining({ code: 'ERR_OPTION' }),
      );
    },
  );

  it.each([[''], [7], [undefined], ['\ud800'], [['a', 'b']]])(
    'the name %j is refused with ERR_LOCK_NAME',
    (name) => {
      const { locks } = makeBench();
      expect(() => locks.semaphore(name as never, 2)).toThrow(
        expect.objectContaining({ code: 'ERR_LOCK_NAME' }),
      );
    },
  );
});
