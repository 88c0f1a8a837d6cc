/**
 * Runs a random course of changes and reads on several processes, and judges every answer.
 *
 * The source has one number that counts changes. An entry's value is the number that stood when it was loaded. A
 * change of a thing counts up, and is then invalidated by one process. An answer is wrong if it is older than the
 * last change of a thing it was made from whose invalidation had been acknowledged more than Δ before the read.
 */
import type { PhotoCache, PhotoKind } from '@keepsake/entities';
import { entriesOf, invalidate, relationsOf, sizeOf, type World } from './worlds.ts';

export interface Step {
  readonly change: { readonly kind: PhotoKind; readonly n: number } | undefined;
  /** Which process invalidates, or reads. */
  readonly process: number;
  readonly isTold: boolean;
  /** Reads that each process makes after the step, of entries picked by it. */
  readonly seed: number;
}

export interface Verdict {
  readonly reads: number;
  readonly hits: number;
  /** Answers that were older than what was acknowledged, though not by more than Δ: the most, in milliseconds. */
  readonly worstMs: number;
  readonly violations: readonly string[];
}

interface Change {
  readonly thing: string;
  readonly number: number;
  acknowledgedAt: number;
}

export const runCourse = async (
  processes: readonly PhotoCache[],
  world: World,
  steps: readonly Step[],
  {
    stalenessMs,
    now,
    invalidateBy = invalidate,
  }: {
    stalenessMs: number;
    now: () => number;
    invalidateBy?: typeof invalidate;
  },
): Promise<Verdict> => {
  const entries = entriesOf(world);
  const changes: Change[] = [];
  const violations: string[] = [];
  let number = 0;
  let reads = 0;
  let hits = 0;
  let worstMs = 0;

  const read = async (photos: PhotoCache, index: number, isTold: boolean): Promise<void> => {
    const entry = entries[index % entries.length];
    if (!entry) return;
    const startedAt = now();
    let isLoaded = false;
    const seen = Number(
      await entry.load(
        photos,
        async () => {
          isLoaded = true;
          const row = number;
          await new Promise((resolve) => setImmediate(resolve)); // a query takes a moment, in which things change
          return row;
        },
        isTold,
      ),
    );
    reads += 1;
    if (!isLoaded) hits += 1;
    for (const change of changes) {
      if (change.number <= seen || !entry.madeFrom.has(change.thing)) continue;
      const behindMs = startedAt - change.acknowledgedAt;
      if (behindMs > stalenessMs)
        violations.push(
          `${entry.name}: ${seen}, but ${change.thing} is ${change.number}, ${behindMs} ms ago`,
        );
      else worstMs = Math.max(worstMs, behindMs);
    }
  };
  const readAll = async (isTold: boolean): Promise<void> => {
    await Promise.all(processes.map((photos) => Promise.all(entries.map((_, i) => read(photos, i, isTold)))));
  };

  await readAll(true);
  for (const { change, process, isTold, seed } of steps) {
    const photos = processes[process % processes.length];
    if (!photos) continue;
    if (change) {
      const id = change.n % sizeOf(world, change.kind);
      number += 1;
      const made: Change = { thing: `${change.kind}:${id}`, number, acknowledgedAt: Infinity };
      changes.push(made);
      const racing = read(photos, seed, isTold); // a load that began before the invalidation
      const told = isTold ? relationsOf(world, change.kind, id) : undefined;
      const { acknowledged } = await invalidateBy(photos, change.kind, id, told);
      if (acknowledged) made.acknowledgedAt = now();
      await racing;
    }
    await Promise.all(processes.flatMap((one) => [0, 1, 2, 3].map((k) => read(one, seed + k * 7, isTold))));
  }
  await readAll(false);
  return { reads, hits, worstMs, violations };
};
