/**
 * Callers of one key come and leave as the scheduler says. One load runs at a time; who leaves is let go at
 * once with the reason given, and harms nobody; when the last has left the load is told to stop.
 */
import fc, { type Arbitrary, type Scheduler } from 'fast-check';
import { FakeClock } from '@keepsake/core/testing';
import { drive } from './drive.ts';
import type { Layout, SubjectFactory } from './subjects.ts';

/** Of each caller: whether it leaves. */
export type Callers = readonly boolean[];

export const callers: Arbitrary<Callers> = fc.array(fc.constantFrom(false, true, true), {
  minLength: 2,
  maxLength: 5,
});

interface Load {
  readonly signal: AbortSignal;
  running: boolean;
}

export const singleFlight = async (
  make: SubjectFactory,
  layout: Layout,
  leaving: Callers,
  scheduler: Scheduler,
): Promise<void> => {
  const clock = new FakeClock();
  const [cache] = make({ clock, scheduler, layout, nodes: 1, ttlMs: 60_000, swrMs: 0 });
  if (!cache) throw new Error('no cache');
  const loads: Load[] = [];
  let pending = 0;
  const turn = (label: string): Promise<void> => scheduler.schedule(Promise.resolve(), label);

  const call = async (leaves: boolean, i: number): Promise<void> => {
    await turn(`caller ${i} comes`);
    const controller = new AbortController();
    const reason = new Error(`caller ${i} has left`);
    let outcome: 'waits' | 'has the value' | Error = 'waits';
    pending += 1;
    const answer = cache.getOrSet(
      'k',
      async ({ signal }) => {
        const rival = loads.find((one) => one.running && !one.signal.aborted);
        if (rival) throw new Error('two loads at once');
        const load = { signal, running: true };
        loads.push(load);
        await turn('fetch');
        await turn('fetched');
        load.running = false;
        return { version: 1 };
      },
      { signal: controller.signal },
    );
    const ended = answer
      .then(
        () => (outcome = 'has the value'),
        (error: unknown) => (outcome = error as Error),
      )
      .finally(() => (pending -= 1));
    const leave = async (): Promise<void> => {
      await turn(`caller ${i} leaves`);
      if (outcome !== 'waits') return;
      controller.abort(reason);
      for (let tick = 0; tick < 30; tick += 1) await Promise.resolve();
      if ((outcome as unknown) !== reason) throw new Error(`caller ${i} left and was not let go`);
      const load = loads.find((one) => one.running);
      if (pending === 0 && load && !load.signal.aborted)
        throw new Error('all have left and the load goes on');
    };
    await Promise.all([ended, leaves ? leave() : undefined]);
    const end = outcome as unknown;
    if (end !== 'has the value' && end !== reason) throw new Error(`caller ${i} was harmed: ${String(end)}`);
  };
  await drive(scheduler, clock, Promise.all(leaving.map(call)));
  if (!leaving.includes(true) && loads.length !== 1) throw new Error(`${loads.length} loads for one key`);
};
