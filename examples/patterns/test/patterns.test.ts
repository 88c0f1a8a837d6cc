import { readdirSync, readFileSync } from 'node:fs';
import { testRedisUrl } from '@keepsake/tooling/servers';
import { bundle, type Program } from '@keepsake/tooling/children';
import { afterAll, describe, expect, it } from 'vitest';

const folder = new URL('../src/', import.meta.url);
const names = readdirSync(folder)
  .filter((name) => /^\d/.test(name))
  .sort();
const programs: Program[] = [];

afterAll(() => Promise.all(programs.map((program) => program.close())));

it('there is one example for each of the eight patterns, and the README names it', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  expect(names.map((name) => name[0])).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
  for (const name of names) expect(readme).toContain(`src/${name}`);
});

describe.each(names)('%s', (name) => {
  it.each([
    { place: 'memory', env: { ENVIRONMENT: 'development', REDIS_URL: '' } },
    { place: 'memory, Redis and a bus', env: { ENVIRONMENT: 'production', REDIS_URL: testRedisUrl() } },
  ])('does on $place what it says', { timeout: 60_000 }, async ({ env }) => {
    const program = await bundle(new URL(name, folder), env);
    programs.push(program);
    const child = program.start();
    expect(await child.line()).toMatch(new RegExp(`^pattern ${name[0]}: .+, ok$`));
    expect(await child.ended).toBe(0);
  });
});

it('a failing assertion is found out', { timeout: 60_000 }, async () => {
  const program = await bundle(new URL('fails.ts', import.meta.url));
  programs.push(program);
  const child = program.start();
  await expect(child.line()).rejects.toThrow('ended before');
  expect(await child.ended).not.toBe(0);
});
