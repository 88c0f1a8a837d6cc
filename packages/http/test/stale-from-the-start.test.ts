import { createCache } from '@keepsake/core';
import { FakeClock } from '@keepsake/core/testing';
import { httpCache } from '@keepsake/http';
import { describe, expect, it } from 'vitest';

/** A handler that numbers its runs, asked at once and later. */
const asked = async (control: string, statuses: readonly number[] = []) => {
  const clock = new FakeClock();
  const cache = createCache({ clock });
  let runs = 0;
  const handle = httpCache({ cache, clock })(() => {
    runs += 1;
    const status = statuses[runs - 1] ?? 200;
    return new Response(`page ${runs}`, { status, headers: { 'Cache-Control': control } });
  });
  return {
    clock,
    cache,
    get: async () => (await handle(new Request('http://a/'))).text(),
    [Symbol.asyncDispose]: () => cache.close(),
  };
};

describe('a response that is stale from the start, without a validator', () => {
  it('stale-while-revalidate: is given at once, and made anew behind', async () => {
    await using app = await asked('max-age=0, stale-while-revalidate=60');
    expect(await app.get()).toBe('page 1');
    expect(await app.get()).toBe('page 1');
    await expect.poll(app.get).toBe('page 2');
    await app.clock.advance(61_000);
    expect(await app.get()).not.toBe('page 2');
  });

  it('stale-if-error: is given where the handler answers with an error', async () => {
    await using app = await asked('max-age=0, stale-if-error=60', [200, 500, 200]);
    expect(await app.get()).toBe('page 1');
    expect(await app.get()).toBe('page 1');
    expect(await app.get()).toBe('page 3');
  });

  it('without either is not kept', async () => {
    await using app = await asked('max-age=0');
    await app.get();
    expect(await app.cache.namespace('http').size()).toBe(0);
  });
});
