import { describe, expect, it } from 'vitest';
import { COURSE_MUTANTS, runCourse } from './course.ts';

const COURSES = 400;
const MUTANT_COURSES = 40;

describe('counters through kills, late calls and lost answers', () => {
  it(`lose nothing, double nothing and never fall: ${COURSES} courses`, { timeout: 120_000 }, async () => {
    for (let seed = 1; seed <= COURSES; seed += 1) {
      expect(await runCourse('ours', seed), `seed ${seed}`).toEqual([]);
    }
  });

  it.each(COURSE_MUTANTS)('find out the mutant %s', { timeout: 120_000 }, async (mutant) => {
    let caught = 0;
    for (let seed = 1; seed <= MUTANT_COURSES && caught === 0; seed += 1) {
      caught += (await runCourse(mutant, seed)).length;
    }
    expect(caught).toBeGreaterThan(0);
  });
});
