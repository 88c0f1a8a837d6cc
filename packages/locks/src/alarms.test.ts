import { FakeClock } from '@keepsake/core/testing';
import { describe, expect, it } from 'vitest';
import { Alarms, MAX_LISTS } from './alarms.ts';

describe('alarms', () => {
  it('ring in the order of their time, whatever the order they were set in, and not once cancelled', async () => {
    const clock = new FakeClock();
    const alarms = new Alarms(clock);
    const rung: string[] = [];
    const owner = (name: string): { onDue: () => void } => ({
      onDue: () => rung.push(`${name} ${clock.now()}`),
    });
    const start = clock.now();
    alarms.set(start + 20, 100, owner('late'));
    alarms.set(start, 100, owner('early'));
    const cancelled = alarms.set(start + 10, 100, owner('never'));
    cancelled.cancel();
    cancelled.cancel();
    alarms.set(start, 30, owner('short'));
    await clock.advance(200);
    expect(rung).toEqual([`short ${start + 30}`, `early ${start + 100}`, `late ${start + 120}`]);
    expect(clock.timers).toBe(0);
  });

  it('cost one timer for each delay, however many are set, and none after close', () => {
    const clock = new FakeClock();
    const alarms = new Alarms(clock);
    const ignore = { onDue: (): void => undefined };
    for (let i = 0; i < 1_000; i += 1) alarms.set(clock.now() + i, 100 + (i % 2), ignore);
    expect(clock.timers).toBe(2);
    alarms.close();
    expect(clock.timers).toBe(0);
  });

  it('of more delays than it keeps lists for have timers of their own', async () => {
    const clock = new FakeClock();
    const alarms = new Alarms(clock);
    let rung = 0;
    const owner = { onDue: (): void => void (rung += 1) };
    const set = Array.from({ length: 10 * MAX_LISTS }, (_, i) => alarms.set(clock.now(), 1_000 + i, owner));
    for (const alarm of set.slice(0, 20 * (MAX_LISTS / 2))) alarm.cancel();
    await clock.advance(10_000);
    expect(rung).toBe(0);
    expect(clock.timers).toBe(0);
    alarms.set(clock.now(), 5, owner);
    await clock.advance(10);
    expect(rung).toBe(1);
  });

  it('come round where a clock is rounded, and do not ring for ever in one moment', async () => {
    const clock = new FakeClock();
    const alarms = new Alarms({
      now: () => clock.now() - 1e-6,
      wallNow: () => clock.wallNow(),
      setTimer: (callback, delayMs) => clock.setTimer(callback, Math.floor(delayMs)),
    });
    let rung = 0;
    alarms.set(clock.now(), 100, { onDue: () => (rung += 1) });
    await clock.advance(101);
    expect(rung).toBe(1);
  });
});
