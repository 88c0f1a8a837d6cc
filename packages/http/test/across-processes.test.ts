import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Received } from './client.ts';
import { type Fleet, type Member, startFleet } from './fleet.ts';
import type { Adapter } from './subjects.ts';

/** What a killed or stopped leader may delay the others by: its lease. */
const LEASE_MS = 2_000;
const MAKING_MS = 200;

/** Nobody has asked for it before. */
const unasked = (kind: string): string => `/${kind}/${randomUUID()}`;

/** So many requests at once, spread evenly. */
const ask = (members: readonly Member[], path: string, count: number): Promise<Received[]> =>
  Promise.all(
    members.flatMap((member) => Array.from({ length: count / members.length }, () => member.get(path))),
  );

const shapeOf = ({ status, isComplete, body }: Received): string =>
  `${status}, ${isComplete ? 'whole' : 'cut off'}, ${body.length} bytes ${createHash('sha256').update(body).digest('hex').slice(0, 8)}`;

/** That all were answered with the same, in full. */
const expectOne = (answers: readonly Received[]): void => {
  const shapes = answers.map(shapeOf);
  const counts = Object.fromEntries(
    [...new Set(shapes)].map((shape) => [shape, shapes.filter((other) => other === shape).length]),
  );
  expect(counts).toEqual({ [shapes[0] ?? '']: answers.length });
  expect(shapes[0]).toMatch(/^200, whole, [1-9]/);
};

describe.each<Adapter[]>([
  ['node', 'node'],
  ['express', 'fastify'],
  ['hono', 'koa'],
])('real processes over one Redis: %s and %s', (...adapters) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet(adapters);
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  it.each(['json', 'bytes', 'stream'])('1,000 misses of one URL run the handler once: %s', async (kind) => {
    const path = unasked(kind);
    expectOne(await ask(fleet.members, path, 1_000));
    expect(await fleet.runs(path)).toBe(1);
  });

  it('what the one has found to vary, each variant is made once', async () => {
    const path = unasked('vary');
    const values = Array.from({ length: 24 }, (_, i) => String(i % 3));
    const asked = fleet.members.flatMap((member) =>
      values.map((value) => member.get(path, 'make', { headers: { 'X-A': value } })),
    );
    expect((await Promise.all(asked)).map(({ text }) => text)).toEqual([...values, ...values]);
    // The first of all finds out; a process that waited for it then looks for its own variant.
    expect(await fleet.runs(path)).toBe(3);
  });

  it('what is not to be shared is made by each', async () => {
    const path = unasked('private');
    const answers = await ask(fleet.members, path, fleet.members.length);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(fleet.members.length);
    expect(await fleet.runs(path)).toBe(fleet.members.length);
  });
});

describe('three real processes, one of which leads', () => {
  let fleet: Fleet;
  let leader: Member;
  let others: readonly Member[];
  beforeAll(async () => {
    fleet = await startFleet(['node', 'fastify', 'fetch']);
    [leader] = fleet.members;
    ({ others } = fleet);
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  it('a handler that takes longer than a lease is waited for, and its response stored', async () => {
    const path = unasked('json');
    const first = leader.get(path, 'linger');
    await leader.isRunning(path);
    expectOne([await first, ...(await ask(others, path, 10))]);
    expect(await fleet.runs(path)).toBe(1);
  });

  it('where its handler fails another leads', async () => {
    const path = unasked('json');
    const failed = leader.get(path, 'fail').catch(() => undefined);
    await leader.isRunning(path);
    expectOne(await ask(others, path, 10));
    await failed;
    expect(await fleet.runs(path)).toBe(2);
  });

  it('what it made before a write that another served is not stored after it', async () => {
    const path = unasked('json');
    const old = leader.get(path, 'wait');
    await leader.isRunning(path);
    const [other = leader] = others;
    await other.get(path, 'make', { method: 'POST' });
    leader.go();
    const { text } = await old;
    // Within the cache's bound on staleness, for the leader has to hear of it.
    await expect.poll(async () => (await leader.get(path)).text).not.toBe(text);
    const later = await ask(fleet.members, path, fleet.members.length);
    expectOne(later);
    expect(later[0]?.text).not.toBe(text);
    expect(await fleet.runs(path)).toBe(2);
  });

  it('stopped for longer than its lease: another leads, and the later response stays', async () => {
    const path = unasked('json');
    const late = leader.get(path, 'wait');
    await leader.isRunning(path);
    leader.signal('SIGSTOP');
    const stoppedAt = performance.now();
    const answers = await ask(others, path, 20);
    expect(performance.now() - stoppedAt).toBeLessThan((LEASE_MS + MAKING_MS) * 3);
    expectOne(answers);
    leader.signal('SIGCONT');
    leader.go();
    // Who asked it before it was stopped gets what it made.
    expect((await late).text).not.toBe(answers[0]?.text);
    // Its own process has that at hand until the store has refused it.
    await vi.waitFor(async () => expect((await leader.get(path)).text).toBe(answers[0]?.text));
    expectOne([...answers, ...(await ask(fleet.members, path, fleet.members.length))]);
    expect(await fleet.runs(path)).toBe(2);
  });

  it('killed: another leads when the lease has ended, and all are answered', async () => {
    const path = unasked('stream');
    const lost = leader.get(path, 'wait').then(
      () => 'answered',
      () => 'broken off',
    );
    await leader.isRunning(path);
    const waiting = ask(others, path, 100);
    const killedAt = performance.now();
    leader.signal('SIGKILL');
    expectOne(await waiting);
    expect(performance.now() - killedAt).toBeLessThan((LEASE_MS + MAKING_MS) * 3);
    expect(await lost).toBe('broken off');
    await leader.ended;
    expect(await fleet.runs(path)).toBe(2);
  });
});

describe('two real processes that share nothing', () => {
  it('are seen to run their handlers twice', async () => {
    await using fleet = await startFleet(['node', 'fastify'], 'apart');
    const path = unasked('json');
    const answers = await ask(fleet.members, path, 100);
    expect(() => expectOne(answers)).toThrow();
    expect(await fleet.runs(path)).toBe(2);
  });
});
