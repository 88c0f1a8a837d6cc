import { randomUUID } from 'node:crypto';
import { type Cache, createCache } from '@keepsake/core';
import { createPhotoCache, type PhotoCache } from '@keepsake/entities';
import { RedisBackend, RedisBus } from '@keepsake/redis';
import { bundle, type Program } from '@keepsake/tooling/children';
import { testRedisUrl } from '@keepsake/tooling/servers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCourse, type Step, type Verdict } from './cascade-course.ts';
import { type World, worlds } from './worlds.ts';

const STALENESS_MS = 500;
const COURSES = 12;
const PROCESSES = 3;

const steps = fc.array(
  fc.record({
    change: fc.option(
      fc.record({
        kind: fc.constantFrom('album' as const, 'photo' as const, 'face' as const, 'person' as const),
        n: fc.nat(99),
      }),
      { nil: undefined, freq: 3 },
    ),
    process: fc.nat(PROCESSES - 1),
    isTold: fc.boolean(),
    seed: fc.nat(999),
  }),
  { minLength: 4, maxLength: 10 },
);

const now = (): number => performance.now();

describe('cascades over three processes on Redis with a bus', () => {
  const prefix = `cascades-${randomUUID()}:`;
  let caches: Cache[];

  const open = (): Cache =>
    createCache({
      l2: new RedisBackend({ url: testRedisUrl(), prefix, commandTimeout: 5 }),
      bus: new RedisBus({ url: testRedisUrl(), channel: `${prefix}~bus` }),
      l2Timeout: '5s',
    });
  /** Each course has a world of its own: a namespace is empty, and as fast to make as a clear. */
  const bind = (course: number): PhotoCache[] =>
    caches.map((cache) => createPhotoCache(cache.namespace(`course-${course}`)));

  beforeAll(async () => {
    caches = Array.from({ length: PROCESSES }, open);
    await Promise.all(caches.map((cache) => cache.connect({ timeout: '10s' })));
  });
  afterAll(async () => {
    await caches[0]?.clear();
    await Promise.all(caches.map((cache) => cache.close()));
  });

  const judge = async (
    play: (photos: PhotoCache[], world: World, course: Step[]) => Promise<Verdict>,
  ): Promise<Verdict[]> => {
    const verdicts: Verdict[] = [];
    const property = fc.asyncProperty(worlds, steps, async (world, course) => {
      const verdict = await play(bind(verdicts.length), world, course);
      verdicts.push(verdict);
      expect(verdict.violations).toEqual([]);
    });
    await fc.assert(property, { numRuns: COURSES, endOnFailure: true });
    return verdicts;
  };

  it('serve nothing older than Δ allows, after any change, to anyone', { timeout: 180_000 }, async () => {
    const verdicts = await judge((photos, world, course) =>
      runCourse(photos, world, course, { stalenessMs: STALENESS_MS, now }),
    );
    const sum = (of: (verdict: Verdict) => number): number => verdicts.reduce((all, one) => all + of(one), 0);
    const worst = Math.max(...verdicts.map(({ worstMs }) => worstMs));
    console.log(
      `cascades: ${verdicts.length} courses, ${sum(({ reads }) => reads)} reads, ` +
        `${sum(({ hits }) => hits)} hits, at most ${worst.toFixed(1)} ms behind what was acknowledged (Δ ${STALENESS_MS} ms)`,
    );
    expect(sum(({ hits }) => hits)).toBeGreaterThan(100);
  });

  it('are judged by a test that a cascade which forgets the faces fails', { timeout: 180_000 }, async () => {
    const world: World = { ownerOf: [0], albumOf: [0], photoOf: [0], personOf: [0] };
    const course = [{ change: { kind: 'face' as const, n: 0 }, process: 1, isTold: true, seed: 0 }];
    const verdict = await runCourse(bind(1_000), world, course, {
      stalenessMs: 0,
      now,
      invalidateBy: (photos, _, id) => photos.face.details.invalidate(id),
    });
    expect(verdict.violations.join()).toMatch(/search results/);
  });
});

describe('cascades over three real processes', () => {
  let program: Program;

  beforeAll(async () => {
    program = await bundle(new URL('cascade-child.ts', import.meta.url));
  });
  afterAll(() => program.close());

  it('reach all of them within Δ', { timeout: 60_000 }, async () => {
    const prefix = `cascade-children-${randomUUID()}:`;
    const children = Array.from({ length: PROCESSES }, () => program.start(testRedisUrl(), prefix));
    const ask = async (child: (typeof children)[number], question: string): Promise<string> => {
      child.process.stdin?.write(`${question}\n`);
      return child.line();
    };
    for (const child of children) expect(await child.line()).toBe('ready');
    for (let round = 1; round <= 5; round += 1) {
      for (const child of children) expect(await ask(child, `read ${round}`)).toMatch(/^(\d+ ?)+$/);
      const remover = children[round % PROCESSES];
      if (!remover) throw new Error('no child');
      expect(await ask(remover, 'invalidate')).toBe('acknowledged');
      await new Promise((resolve) => setTimeout(resolve, STALENESS_MS));
      const answers = await Promise.all(children.map((child) => ask(child, `read ${round + 1}`)));
      const fresh = String(round + 1);
      for (const answer of answers) expect(new Set(answer.split(' '))).toEqual(new Set([fresh]));
    }
    for (const child of children) child.process.stdin?.end();
    expect(await Promise.all(children.map((child) => child.ended))).toEqual([0, 0, 0]);
  });
});
