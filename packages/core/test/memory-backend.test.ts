import { MemoryBackend } from '@keepsake/core';
import { backendSuite, FakeClock } from '@keepsake/core/testing';
import { describe, it } from 'vitest';

backendSuite(
  'memory',
  async () => {
    const clock = new FakeClock();
    const backend = new MemoryBackend({ clock });
    return {
      backend,
      now: () => clock.now(),
      wait: (ms) => clock.advance(ms),
      close: async () => backend.close(),
    };
  },
  { describe, it },
  { keyTags: true },
);
