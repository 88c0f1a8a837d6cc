import { describe, expect, it } from 'vitest';
import { Bulkhead } from '../src/engine/bulkhead.ts';

const MOST_WAITING = 5_000;

describe('the bulkhead', () => {
  it('serves a long line in order, passes over who gave up, and refuses who is too many', async () => {
    const bulkhead = new Bulkhead(1, MOST_WAITING);
    const leave = await bulkhead.enter(new AbortController().signal);
    const impatient: AbortController[] = [];
    const order: number[] = [];
    const line = Array.from({ length: MOST_WAITING }, async (_, i) => {
      const controller = new AbortController();
      if (i % 2 === 1) impatient.push(controller);
      const done = await bulkhead.enter(controller.signal);
      order.push(i);
      done();
      done();
    });
    const outcomes = Promise.allSettled(line);
    await expect(bulkhead.enter(new AbortController().signal)).rejects.toMatchObject({
      code: 'ERR_UNAVAILABLE',
    });
    for (const controller of impatient) controller.abort(new Error('gave up'));
    leave();
    const rejected = (await outcomes).filter((one) => one.status === 'rejected');
    expect(rejected).toHaveLength(MOST_WAITING / 2);
    expect(order).toEqual(Array.from({ length: MOST_WAITING / 2 }, (_, i) => i * 2));
    // The place is free again.
    (await bulkhead.enter(new AbortController().signal))();
  });
});
