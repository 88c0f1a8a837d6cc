import { createCache, MemoryBackend } from '@keepsake/core';
import { FaultyBackend } from '@keepsake/core/testing';
import { createPhotoCache } from '@keepsake/entities';
import { describe, expect, it } from 'vitest';

const MANY = 10_000;
const AT_ONCE = 250;
const ids = Array.from({ length: MANY }, (_, i) => i);
const vectorOf = (id: number): Float32Array => Float32Array.from({ length: 8 }, (_, i) => id + i / 8);

/** A store that counts how many items are asked of it together. */
class CountingBackend extends FaultyBackend {
  readonly sizes: number[] = [];

  override getMany(...args: Parameters<FaultyBackend['getMany']>): ReturnType<FaultyBackend['getMany']> {
    this.sizes.push(args[0].length);
    return super.getMany(...args);
  }
}

describe('ten thousand embeddings', () => {
  const open = () => {
    const l2 = new CountingBackend(new MemoryBackend({ maxEntries: 2 * MANY }));
    const cache = createCache({ l1: false, l2 });
    return { l2, embedding: createPhotoCache(cache).face.embedding };
  };

  it('go in and come out as they are, 250 at once', async () => {
    const { l2, embedding } = open();
    expect(await embedding.setMany(ids.map((id) => [id, vectorOf(id)] as const))).toBe(MANY);
    const found = await embedding.getMany([...ids, 'missing', 7]);
    expect([...found.keys()]).toEqual(ids);
    expect(found.get(4_711)).toEqual(vectorOf(4_711));
    expect(Math.max(...l2.sizes)).toBe(AT_ONCE);
  });

  it('are loaded 250 at once, and each but once', async () => {
    const { l2, embedding } = open();
    const asked: number[] = [];
    const load = (): Promise<Map<string | number | bigint, Float32Array>> =>
      embedding.getOrSetMany([...ids, ...ids], async (missing) => {
        asked.push(missing.length);
        return missing.map((id) => [id, vectorOf(Number(id))] as const);
      });
    const loaded = await load();
    expect([...loaded.keys()]).toEqual(ids);
    expect(loaded.get(9_999)).toEqual(vectorOf(9_999));
    expect(asked).toEqual(Array.from({ length: MANY / AT_ONCE }, () => AT_ONCE));
    expect((await load()).size).toBe(MANY);
    expect(asked).toHaveLength(MANY / AT_ONCE);
    expect(Math.max(...l2.sizes)).toBe(AT_ONCE);
  });

  it('that fit into one batch are one call, and a failure is told as it is', async () => {
    const { embedding } = open();
    const failure = new Error('the model is away');
    const failing = embedding.getOrSetMany(ids.slice(0, AT_ONCE), () => Promise.reject(failure));
    await expect(failing).rejects.toBe(failure);
    const some = await embedding.getOrSetMany(
      ids.slice(0, 2 * AT_ONCE),
      async (missing, context) => {
        if (missing.includes(7)) context.fail(7, failure);
        return missing.filter((id) => id !== 7).map((id) => [id, vectorOf(Number(id))] as const);
      },
      { partial: true },
    );
    expect(some.size).toBe(2 * AT_ONCE - 1);
  });
});
