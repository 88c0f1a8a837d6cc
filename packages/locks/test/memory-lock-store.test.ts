import { FakeClock } from '@keepsake/core/testing';
import { MemoryLockStore } from '@keepsake/locks';
import { FaultyLockStore, lockStoreSuite } from '@keepsake/locks/testing';
import { describe, expect, it } from 'vitest';

lockStoreSuite(
  'memory',
  async () => {
    const clock = new FakeClock();
    const store = new MemoryLockStore({ clock });
    return { store, peer: store, wait: (ms) => clock.advance(ms), close: async () => store.close() };
  },
  { describe, it },
);

lockStoreSuite(
  'a mended FaultyLockStore',
  async () => {
    const clock = new FakeClock();
    const inner = new MemoryLockStore({ clock });
    const store = new FaultyLockStore(inner, { clock });
    return { store, peer: inner, wait: (ms) => clock.advance(ms), close: async () => inner.close() };
  },
  { describe, it },
);

describe('MemoryLockStore', () => {
  it('sweeps lapsed locks that nobody asks for again', async () => {
    const clock = new FakeClock();
    const store = new MemoryLockStore({ clock });
    for (let round = 0; round < 10; round += 1) {
      for (let i = 0; i < 1_024; i += 1) store.acquire([`${round}:${i}`], 'a'.repeat(32), 10);
      clock.block(20);
    }
    expect(store.size).toBeLessThanOrEqual(2_048);
  });
});
