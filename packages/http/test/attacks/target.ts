import { type Cache, createCache } from '@keepsake/core';
import { FakeClock } from '@keepsake/core/testing';
import { expect, vi } from 'vitest';
import { send } from '../client.ts';
import { counted } from '../origin.ts';
import { start, type Subject } from '../subjects.ts';
import type { Entry } from '../entry.ts';
import type { Attack, Target } from './attack.ts';

/** Runs an attack; true: the victim is unharmed. A victim that the naive cache gives no answer is harmed. */
export const withstands = async (subject: Subject, attack: Attack): Promise<boolean> => {
  const isTimed = attack.threat === 17;
  const clock = new FakeClock();
  const time = isTimed ? { clock } : {};
  await using cache = createCache({ ...time, ...attack.cache });
  const origin = counted(attack.origin);
  const { guard } = attack;
  await using server = await start(subject, origin, { cache, ...time, ...attack.options }, guard);
  const { port, naive } = server;
  const store = naive ? storeOfMap(naive) : storeOfCache(cache);
  const target: Target = {
    tamper: (change) => store.tamper(change),
    holdsAtMost: (count) =>
      vi
        .waitFor(async () => expect(await store.entries()).toBeLessThanOrEqual(count), 2_000)
        .then(() => true)
        .catch(() => false),
    stored: (count) => vi.waitFor(async () => expect(await store.entries()).toBeGreaterThanOrEqual(count)),
    port,
    send: (path, init) => send(port, path, init),
    runs: () => origin.runs,
    pass: (ms) => clock.advance(ms),
    stepWall: (ms) => clock.stepWall(ms),
  };
  try {
    return await attack.isSafe(target);
  } catch (error) {
    if (subject === 'naive') return false;
    throw error;
  }
};

type Store = Pick<Target, 'tamper'> & { entries(): Promise<number> };

const storeOfMap = (stored: Map<string, Entry>): Store => ({
  entries: async () => stored.size,
  tamper: async (change) => {
    const keys = [...stored.keys()];
    const changed = change([...stored.values()]);
    for (const [i, key] of keys.entries()) stored.set(key, changed[i] as Entry);
  },
});

const storeOfCache = (cache: Cache): Store => {
  // As the package itself does: what is put there is not copied.
  const own = cache.namespace('http', { isolation: 'reference' });
  return {
    entries: () => own.size(),
    tamper: async (change) => {
      const found: [string, Entry][] = [];
      for await (const key of own.keys()) {
        const entry = await own.get<Entry>(key);
        if (entry && 'body' in entry) found.push([key, entry]);
      }
      const changed = change(found.map(([, entry]) => entry));
      for (const [i, [key]] of found.entries()) await own.set(key, changed[i]);
    },
  };
};
