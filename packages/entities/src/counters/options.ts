import {
  CacheError,
  type Clock,
  type CounterStore,
  type Duration,
  type FlushRule,
  systemClock,
  toMs,
} from '@keepsake/core';
import { refuseUnknown, type Words } from '@keepsake/core/words';
import type { CounterSink } from './counter-sink.ts';

/** A flush that did not succeed. Nothing is lost: what it had taken stays in the store and is tried again. */
export interface FlushFailure {
  /** Which part failed. */
  readonly part: 'store' | 'sink';
  readonly error: unknown;
  /** Batches that this process holds and tries again; what else is pending waits in the store. */
  readonly held: number;
  /** Milliseconds until the next try. */
  readonly retryInMs: number;
}

export interface CountersOptions {
  /** Where they are counted; `close()` closes it too. */
  store: CounterStore;
  /** Where they last. */
  sink: CounterSink;
  /** A counter with so many pending is flushed at once. Default 10; 1 to 1,000,000. */
  flushEvery?: number;
  /** Each process looks so often for what has been pending as long, whoever counted it. Default 5 s. */
  flushInterval?: Duration;
  /** A call of the sink may take so long. After twice as long another process takes a batch over. Default 5 s. */
  sinkTimeout?: Duration;
  /** Told of each flush that fails; what it throws is passed over. Default: a process warning, the first time. */
  onFailure?: (failure: FlushFailure) => void;
  clock?: Clock;
}

export interface ResolvedCountersOptions {
  readonly store: CounterStore;
  readonly sink: CounterSink;
  readonly rule: FlushRule;
  readonly sinkTimeoutMs: number;
  readonly onFailure: (failure: FlushFailure) => void;
  readonly clock: Clock;
}

export const COUNTERS_DEFAULTS: {
  readonly flushEvery: number;
  readonly flushIntervalMs: number;
  readonly sinkTimeoutMs: number;
} = Object.freeze({ flushEvery: 10, flushIntervalMs: 5_000, sinkTimeoutMs: 5_000 });

const WORDS: Words<CountersOptions> = {
  store: true,
  sink: true,
  flushEvery: true,
  flushInterval: true,
  sinkTimeout: true,
  onFailure: true,
  clock: true,
};

const MOST_FLUSH_EVERY = 1_000_000;
const STORE_METHODS = ['read', 'seed', 'add', 'take', 'settle', 'close'] as const;
const SINK_METHODS = ['load', 'apply'] as const;

/** @throws CacheError ERR_OPTION, ERR_TTL */
export const resolveCountersOptions = (options: CountersOptions): ResolvedCountersOptions => {
  refuseUnknown('createCounters', options, WORDS);
  const { store, sink, flushInterval, sinkTimeout, onFailure, clock } = options;
  const every = options.flushEvery ?? COUNTERS_DEFAULTS.flushEvery;
  checkMethods('store', store, STORE_METHODS);
  checkMethods('sink', sink, SINK_METHODS);
  if (!Number.isInteger(every) || every < 1 || every > MOST_FLUSH_EVERY) {
    throw new CacheError('ERR_OPTION', `flushEvery: expected a whole number from 1 to ${MOST_FLUSH_EVERY}`);
  }
  if (onFailure !== undefined && typeof onFailure !== 'function') {
    throw new CacheError('ERR_OPTION', 'onFailure: expected a function');
  }
  return Object.freeze({
    store,
    sink,
    rule: Object.freeze({
      every,
      afterMs:
        flushInterval === undefined
          ? COUNTERS_DEFAULTS.flushIntervalMs
          : toMs(flushInterval, 'flushInterval'),
    }),
    sinkTimeoutMs:
      sinkTimeout === undefined ? COUNTERS_DEFAULTS.sinkTimeoutMs : toMs(sinkTimeout, 'sinkTimeout'),
    onFailure: onFailure ?? warnOnce(),
    clock: clock ?? systemClock,
  });
};

/** Says nothing of the error, which may hold values: who wants to know listens. */
const warnOnce = (): ((failure: FlushFailure) => void) => {
  let isTold = false;
  return ({ part }) => {
    if (isTold) return;
    isTold = true;
    process.emitWarning(
      `counters: a flush failed (${part}) and is tried again; onFailure is told why, each time`,
      {
        type: 'KeepsakeWarning',
        code: 'KEEPSAKE_COUNTERS_FLUSH',
      },
    );
  };
};

const checkMethods = (what: string, given: unknown, methods: readonly string[]): void => {
  const port = given as Readonly<Record<string, unknown>> | null | undefined;
  const missing = methods.find((method) => typeof port?.[method] !== 'function');
  if (missing !== undefined) throw new CacheError('ERR_OPTION', `${what}: '${missing}' is no function`);
};
