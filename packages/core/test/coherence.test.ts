import { type Cache, type CacheOptions, createCache, MemoryBackend } from '@keepsake/core';
import { FakeClock, FaultyBackend, memoryBus, type MemoryBus } from '@keepsake/core/testing';
import { describe, expect, it } from 'vitest';

interface World {
  readonly clock: FakeClock;
  readonly bus: MemoryBus;
  readonly far: FaultyBackend;
  readonly one: Cache;
  readonly other: Cache;
}

/** Two processes with memory of their own, on one far tier and one bus that is 5 ms slow. */
const setUp = async (options: CacheOptions = {}): Promise<World> => {
  const clock = new FakeClock();
  const bus = memoryBus({ clock, delayMs: 5 });
  const shared = new MemoryBackend({ clock });
  const far = new FaultyBackend(shared, { clock, shared: true });
  const make = (): Cache => createCache({ clock, l2: far, bus, ttl: '10m', ...options });
  const world = { clock, bus, far, one: make(), other: make() };
  await clock.advance(20); // the first heartbeats are back
  return world;
};

const readsOf = (far: FaultyBackend): number => far.calls.filter((call) => call.startsWith('get')).length;

describe('with a bus', () => {
  it('an entry of L1 lives on past the bound on staleness, and L2 is not asked', async () => {
    const { clock, far, one } = await setUp();
    await one.set('k', 'value');
    await clock.advance(60_000);
    const before = readsOf(far);
    expect(await one.get('k')).toBe('value');
    expect(readsOf(far)).toBe(before);
  });

  it('a removal elsewhere drops the copy within the time of a message', async () => {
    const { clock, one, other } = await setUp();
    await one.set('k', 'old');
    expect(await other.get('k')).toBe('old');
    await one.delete('k');
    await clock.advance(10);
    expect(await other.get('k')).toBeUndefined();
  });

  it.each([
    ['set', (cache: Cache) => cache.set('k', 'new'), 'new'],
    ['setMany', (cache: Cache) => cache.setMany({ k: 'new' }), 'new'],
    ['deleteMany', (cache: Cache) => cache.deleteMany(['k', 'x']), undefined],
    ['expire', (cache: Cache) => cache.expire('k'), undefined],
    ['invalidateTags', (cache: Cache) => cache.invalidateTags(['t']), undefined],
    ['clear', (cache: Cache) => cache.clear('k*'), undefined],
    ['a forced load', (cache: Cache) => cache.getOrSet('k', () => 'new', { forceRefresh: true }), 'new'],
  ])('%s reaches the other process', async (_, change, expected) => {
    const { clock, one, other } = await setUp();
    await one.set('k', 'old', { tags: ['t'] });
    expect(await other.get('k')).toBe('old');
    await change(one);
    await clock.advance(10);
    expect(await other.get('k')).toBe(expected);
  });

  it('a load that began before the message is not joined after it', async () => {
    const { clock, one, other } = await setUp();
    let source = 'old';
    const load = async (): Promise<string> => {
      const seen = source;
      await new Promise<void>((resolve) => clock.setTimer(resolve, 5_000));
      return seen;
    };
    const slow = other.getOrSet('k', load);
    await clock.advance(1_000);
    source = 'new';
    await one.delete('k');
    await clock.advance(10);
    const late = other.getOrSet('k', load);
    await clock.advance(20_000);
    expect([await slow, await late, await other.get('k')]).toEqual(['old', 'new', 'new']);
  });

  it('a frozen bus is bypassed after the bound, and L1 is used again once it is heard', async () => {
    const { clock, bus, far, one, other } = await setUp();
    await one.set('k', 'old');
    expect(await other.get('k')).toBe('old');
    bus.connections[1]?.freeze();
    await clock.advance(100);
    await one.set('k', 'new');
    await clock.advance(501);
    expect(await other.get('k')).toBe('new'); // out of L2
    bus.connections[1]?.thaw();
    await clock.advance(200);
    await other.get('k');
    const before = readsOf(far);
    expect(await other.get('k')).toBe('new');
    expect(readsOf(far)).toBe(before);
  });

  it('what was in L1 when the connection broke is asked for again, not loaded again', async () => {
    const { clock, bus, one, other } = await setUp();
    const told: string[] = [];
    other.on('bus.down', () => told.push('down'));
    other.on('bus.up', () => told.push('up'));
    await one.set('k', 'old');
    await one.set('same', 'value');
    await other.getMany(['k', 'same']);
    bus.connections[1]?.cut();
    await one.set('k', 'new'); // a message that is lost
    bus.connections[1]?.mend();
    await clock.advance(1_000);
    expect(told).toEqual(['down', 'up']);
    const loader = (): string => 'loaded';
    expect(await other.getOrSet('k', loader)).toBe('new');
    expect(await other.getOrSet('same', loader)).toBe('value');
    expect((await other.stats()).loads).toBe(0);
  });

  it('what was put into L1 while messages were lost is not trusted afterwards', async () => {
    const { clock, bus, one, other } = await setUp();
    await one.set('k', 'old');
    bus.connections[1]?.cut();
    expect(await other.get('k')).toBe('old'); // copied to L1, unheard
    await one.set('k', 'new');
    bus.connections[1]?.mend();
    await clock.advance(1_000);
    expect(await other.get('k')).toBe('new');
  });

  it('another history of the store makes L1 suspect', async () => {
    const { clock, bus, far, one, other } = await setUp();
    await one.set('k', 'old');
    await other.get('k');
    await far.clear('*'); // as FLUSHALL: no message
    bus.epoch = '2';
    await clock.advance(500);
    expect(await other.get('k')).toBeUndefined();
  });

  it('with L2 gone too, a suspect entry answers only where the loader fails and grace allows', async () => {
    const { clock, bus, far, one, other } = await setUp({ grace: '1h' });
    await one.set('k', 'old');
    await other.get('k');
    bus.connections[1]?.cut();
    far.mode = 'down';
    expect(await other.get('k')).toBeUndefined();
    expect(await other.getOrSet('k', () => 'loaded')).toBe('loaded');
    await clock.advance(1_000);
    const failing = (): string => {
      throw new Error('source down');
    };
    expect(await other.getOrSet('k', failing)).toBe('loaded');
    expect((await other.stats()).stale).toBe(1);
  });

  it("onBusLoss 'serve' gives the bound up, and says so", async () => {
    const { clock, bus, one, other } = await setUp({ onBusLoss: 'serve' });
    await one.set('k', 'old');
    await other.get('k');
    bus.connections[1]?.cut();
    await one.set('k', 'new');
    await clock.advance(5_000);
    expect(await other.get('k')).toBe('old');
    expect((await other.stats()).stalenessMs).toBe(Infinity);
  });

  it('a removal that could not be told counts as not acknowledged, and is told later', async () => {
    const { clock, bus, one, other } = await setUp();
    await one.set('k', 'old');
    await other.get('k');
    bus.connections[0]?.cut();
    expect((await one.delete('k')).acknowledged).toBe(false);
    bus.connections[0]?.mend();
    await clock.advance(500);
    expect(await other.get('k')).toBeUndefined();
  });

  it('a removal that reaches L2 late is told again: the others may have copied the entry from L2 meanwhile', async () => {
    const clock = new FakeClock();
    const bus = memoryBus({ clock, delayMs: 5 });
    const shared = new MemoryBackend({ clock });
    const way = new FaultyBackend(shared, { clock, shared: true });
    const one = createCache({ clock, l2: way, bus, ttl: '10m' });
    const other = createCache({
      clock,
      l2: new FaultyBackend(shared, { clock, shared: true }),
      bus,
      ttl: '10m',
    });
    await clock.advance(20);
    await one.set('k', 'old');
    way.mode = 'down';
    expect((await one.delete('k')).acknowledged).toBe(false);
    await clock.advance(10); // the other has heard of it, and L2 still has the entry
    expect(await other.get('k')).toBe('old');
    way.mode = 'up';
    expect(await one.get('k')).toBeUndefined(); // what waited is carried out first
    await clock.advance(10);
    expect(await other.get('k')).toBeUndefined();
  });

  it('a bus that takes nothing does not keep this process from L2, and what was not told is told later', async () => {
    const { clock, bus, far, one, other } = await setUp();
    await one.set('k', 'old');
    await one.set('there', 'value');
    await other.get('k');
    bus.connections[0]?.cut();
    await clock.advance(1_000);
    const removal = one.delete('k');
    expect((await removal).acknowledged).toBe(false);
    const before = readsOf(far);
    expect(await one.get('there')).toBe('value');
    expect(readsOf(far)).toBe(before + 1); // L2 was asked, L1 was not trusted
    bus.connections[0]?.mend();
    await clock.advance(500); // a heartbeat is back, and then the message
    expect(await other.get('k')).toBeUndefined();
    expect((await one.delete('k')).acknowledged).toBe(true);
  });

  describe('and an L1 that takes its time', () => {
    const setUpSlow = async (): Promise<World & { l1: FaultyBackend }> => {
      const clock = new FakeClock();
      const bus = memoryBus({ clock, delayMs: 5 });
      const far = new FaultyBackend(new MemoryBackend({ clock }), { clock, shared: true });
      const l1 = new FaultyBackend(new MemoryBackend({ clock }), { clock });
      const one = createCache({ clock, l2: far, bus, ttl: '10m' });
      const other = createCache({ clock, l1, l2: far, bus, ttl: '10m' });
      await clock.advance(20);
      await one.set('k', 'old');
      expect(await other.get('k')).toBe('old');
      return { clock, bus, far, one, other, l1 };
    };

    it('what it gives is not served where the bus was not heard when it was asked', async () => {
      const { clock, bus, one, other, l1 } = await setUpSlow();
      bus.connections[1]?.freeze();
      await one.set('k', 'new');
      await clock.advance(1_000);
      l1.delayMs = 10;
      const read = other.get('k');
      await clock.advance(5);
      bus.connections[1]?.thaw(); // a heartbeat is back before L1 has answered
      await clock.advance(100);
      expect(await read).toBe('new');
    });

    it('a heartbeat that overtakes the removal before it proves nothing', async () => {
      const { clock, one, other, l1 } = await setUpSlow();
      l1.delayMs = 2_000;
      await one.set('k', 'new');
      await clock.advance(10); // the message has come, and its removal takes its time
      l1.delayMs = 0;
      await clock.advance(1_000);
      expect(await other.get('k')).toBe('new');
      await clock.advance(2_000);
      expect(await other.get('k')).toBe('new');
    });
  });

  it('a blocked event loop does not make it serve what it has not heard of', async () => {
    const { clock, one, other } = await setUp();
    await one.set('k', 'old');
    await other.get('k');
    await one.set('k', 'new'); // its message is on its way
    clock.block(2_000);
    expect(await other.get('k')).toBe('new');
  });

  it('needs an L2 that it speaks of', () => {
    expect(() => createCache({ bus: memoryBus() })).toThrow(/bus/);
  });

  it('sends nothing any more once the cache is closed', async () => {
    const { clock, one, other } = await setUp();
    await one.close();
    await other.close();
    expect(clock.timers).toBe(0);
  });
});
