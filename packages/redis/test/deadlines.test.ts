import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { FakeClock } from '@keepsake/core/testing';
import { describe, expect, it } from 'vitest';
import { Deadlines } from '../src/deadlines.ts';

const late = (): Error => new Error('late');
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('deadlines that lie equally far ahead', () => {
  it('give up what has no answer in time, and nothing else', async () => {
    const clock = new FakeClock();
    const deadlines = new Deadlines(clock, 250);
    const answered = deadlines.race(Promise.resolve('in time'), late);
    const hung = deadlines.race(new Promise(() => undefined), late);
    hung.catch(() => undefined);
    expect(await answered).toBe('in time');
    await clock.advance(250);
    await turn();
    await expect(hung).rejects.toThrow('late');
  });

  it('hold no reply until their timer comes round', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const deadlines = new Deadlines(new FakeClock(), 250);
    const replyOfACall = async (): Promise<WeakRef<object>> =>
      new WeakRef(await deadlines.race(Promise.resolve({ bytes: Buffer.alloc(1_000) }), late));
    const reply = await replyOfACall();
    await turn();
    collect();
    expect(reply.deref()).toBeUndefined();
  });
});
