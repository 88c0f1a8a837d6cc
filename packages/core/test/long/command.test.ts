/** `pnpm test:long` as it is typed. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../..', import.meta.url));

/** With the Node of the workspace, as scripts have it. */
const testLong = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(join(root, 'node_modules', '.bin', 'node'), [join(root, 'tooling', 'test-long.mjs'), ...args], {
    encoding: 'utf8',
  });

describe('pnpm test:long', { timeout: 120_000 }, () => {
  it('ends with 0 and a report where nothing is violated and every mutant is caught', () => {
    const folder = mkdtempSync(join(tmpdir(), 'keepsake-long-'));
    try {
      const json = join(folder, 'report.json');
      const { status, stdout } = testLong('model', '--seed', '7', '--count', '1000', '--json', json);
      const report = JSON.parse(stdout) as { count: number; mutants: { caught: boolean }[] };
      expect(report).toMatchObject({ name: 'model', seed: 7, violations: 0, worst: null });
      expect(report.count).toBeGreaterThanOrEqual(1_000);
      expect(report.mutants.every(({ caught }) => caught)).toBe(true);
      expect(JSON.parse(readFileSync(json, 'utf8'))).toEqual(report);
      expect(status).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    ['naive', 'races', /was acknowledged/],
    ['mutant', 'model', /entry [a-z]/],
  ])('ends with 1 and says why for the subject %s', (subject, name, reason) => {
    const { status, stdout, stderr } = testLong(name, '--subject', subject, '--count', '2000');
    expect((JSON.parse(stdout) as { violations: number }).violations).toBeGreaterThan(0);
    expect(stderr).toMatch(reason);
    expect(status).toBe(1);
  });

  it.each([
    ['no name', []],
    ['a name that nobody has', ['nothing']],
    ['an option that nobody has', ['model', '--speed', '9']],
    ['a count that is no number', ['model', '--count', 'many']],
    ['a subject that nobody has', ['model', '--subject', 'nobody']],
  ])('ends with 2 and the usage for %s', (_, args) => {
    const { status, stderr } = testLong(...args);
    expect(stderr).toMatch(/pnpm test:long <.*model.*> \[--seed N\]/);
    expect(status).toBe(2);
  });
});
