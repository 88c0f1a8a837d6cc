import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runKills } from '../long/counters/run-kills.ts';
import { openSetting, type Setting } from '../long/counters/setting.ts';

const TIMEOUT_MS = 120_000;

describe('fault-37: flushers that are killed in front of a database', () => {
  let setting: Setting;
  beforeAll(async () => {
    setting = await openSetting();
  }, 240_000);
  afterAll(() => setting[Symbol.asyncDispose]());

  const run = (subject: string, kills: number) =>
    runKills({ ...setting, subject, seed: 37, kills, onProgress: () => undefined });

  it('lose nothing and double nothing, and no total falls', { timeout: TIMEOUT_MS }, async () => {
    const { violations, worst } = await run('ours', 12);
    expect(violations).toEqual([]);
    expect(worst['increments']).toBeGreaterThan(100);
  });

  it.each(['naive', 'get-update-decrby'])('are found out: %s', { timeout: TIMEOUT_MS }, async (subject) => {
    const caught = async (): Promise<boolean> => (await run(subject, 12)).violations.length > 0;
    // A dozen kills may all miss the moment between two steps.
    expect((await caught()) || (await caught()) || (await caught())).toBe(true);
  });
});
