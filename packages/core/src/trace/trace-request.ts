import { AsyncLocalStorage } from 'node:async_hooks';
import type { Cache } from '../cache.ts';
import { systemClock } from '../clock.ts';
import { EVENT_NAMES } from '../diagnostics/event-names.ts';
import type { AnyEvent } from '../diagnostics/listen-to-events.ts';
import type { CacheEvent, CacheEventName } from '../events.ts';

/** Steps of one trace; what comes after is counted only. */
export const MAX_STEPS = 1_000;

/** One thing that a request made a cache do. */
export interface TraceStep {
  /** Milliseconds since the request began. */
  readonly atMs: number;
  readonly name: CacheEventName;
  readonly event: AnyEvent;
}

export interface Trace {
  readonly steps: readonly TraceStep[];
  readonly durationMs: number;
  /** Steps that were left out for want of room. */
  readonly omitted: number;
}

interface Recording {
  /** The traced request that this one is a part of. */
  readonly outer: Recording | undefined;
  readonly startedAt: number;
  readonly steps: TraceStep[];
  omitted: number;
  isOver: boolean;
}

/** What is being recorded, by the cache; an event belongs to the request in whose context it is told. */
interface Tracer {
  readonly storage: AsyncLocalStorage<Recording>;
  running: number;
  stop: () => void;
}

const tracers = new WeakMap<Cache, Tracer>();

const tracerOf = (cache: Cache): Tracer => {
  let tracer = tracers.get(cache);
  if (!tracer) {
    tracer = { storage: new AsyncLocalStorage(), running: 0, stop: () => undefined };
    tracers.set(cache, tracer);
  }
  return tracer;
};

/** One subscription, however many requests are traced; none while none is. */
const subscribe = (cache: Cache, storage: AsyncLocalStorage<Recording>): (() => void) => {
  const ends = EVENT_NAMES.map((name) =>
    cache.on(name, (event: CacheEvent) => {
      for (let recording = storage.getStore(); recording; recording = recording.outer) {
        if (recording.isOver) continue;
        if (recording.steps.length >= MAX_STEPS) recording.omitted += 1;
        else
          recording.steps.push({ atMs: systemClock.now() - recording.startedAt, name, event: { ...event } });
      }
    }),
  );
  return () => {
    for (const end of ends) end();
  };
};

/**
 * Runs `fn` and gathers what it makes the cache do: each read with its outcome and reason, loads with their time,
 * joins, stores, failures. Requests at once do not mix: an event is told in the asynchronous context of the
 * request that brought it about (a load in that of its first caller). What `fn` leaves running is not waited for
 * and not recorded. Where `fn` throws the error is passed on, and `onTrace` has the trace all the same.
 *
 * @example
 * ```ts
 * import { createCache } from '@keepsake/core';
 * import { formatTrace, traceRequest } from '@keepsake/core/trace';
 *
 * const cache = createCache();
 * const { value, trace } = await traceRequest(cache, () => cache.getOrSet('album:7', () => 'Summer'));
 * console.log(value, trace.steps.map((step) => step.name));
 * console.log(formatTrace(trace));
 * ```
 */
export const traceRequest = async <T>(
  cache: Cache,
  fn: () => T | Promise<T>,
  onTrace?: (trace: Trace) => void,
): Promise<{ value: T; trace: Trace }> => {
  const tracer = tracerOf(cache);
  const recording: Recording = {
    outer: tracer.storage.getStore(),
    startedAt: systemClock.now(),
    steps: [],
    omitted: 0,
    isOver: false,
  };
  if (tracer.running === 0) tracer.stop = subscribe(cache, tracer.storage);
  tracer.running += 1;
  let trace: Trace | undefined;
  try {
    const value = await tracer.storage.run(recording, async () => fn());
    trace = traceOf(recording);
    return { value, trace };
  } finally {
    recording.isOver = true;
    tracer.running -= 1;
    if (tracer.running === 0) tracer.stop();
    onTrace?.(trace ?? traceOf(recording));
  }
};

const traceOf = ({ steps, omitted, startedAt }: Recording): Trace => ({
  steps,
  omitted,
  durationMs: systemClock.now() - startedAt,
});
