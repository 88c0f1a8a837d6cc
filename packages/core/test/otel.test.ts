import { context, metrics, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { createCache, MemoryBackend } from '@keepsake/core';
import { instrumentCache } from '@keepsake/core/otel';
import { FakeClock, FaultyBackend } from '@keepsake/core/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Sample {
  readonly attributes: Record<string, unknown>;
  readonly value: unknown;
}

const startMetrics = (): {
  meterProvider: MeterProvider;
  /** What is collected now, by name. */
  collect: () => Promise<Map<string, { unit: string; description: string; points: Sample[] }>>;
} => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const meterProvider = new MeterProvider({ readers: [reader] });
  closing.push(() => meterProvider.shutdown());
  const collect: ReturnType<typeof startMetrics>['collect'] = async () => {
    exporter.reset();
    await reader.forceFlush();
    const found = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics);
    expect(new Set(found.map(({ scope }) => scope.name))).toEqual(
      new Set(found.length === 0 ? [] : ['@keepsake/core']),
    );
    return new Map(
      found
        .flatMap((scope) => scope.metrics)
        .map(({ descriptor, dataPoints }) => [
          descriptor.name,
          {
            unit: descriptor.unit,
            description: descriptor.description,
            points: dataPoints.map(({ attributes, value }) => ({ attributes, value })),
          },
        ]),
    );
  };
  return { meterProvider, collect };
};

const startTraces = (): { tracerProvider: BasicTracerProvider; spans: () => ReadableSpan[] } => {
  const exporter = new InMemorySpanExporter();
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  closing.push(() => tracerProvider.shutdown());
  return { tracerProvider, spans: () => exporter.getFinishedSpans() };
};

const toMs = ([seconds, nanos]: readonly [number, number]): number => seconds * 1_000 + nanos / 1_000_000;

const named = 'keepsake.cache.name';
const outcome = 'keepsake.cache.outcome';

describe('the metrics of instrumentCache', () => {
  it('are what stats() says, at each collection', async () => {
    const { meterProvider, collect } = startMetrics();
    const cache = createCache({ name: 'photos' });
    instrumentCache(cache, { meterProvider, tracerProvider: false, attributes: { role: 'api' } });
    await cache.set('a', 'text');
    await cache.get('a');
    await cache.get('b');
    await cache.getOrSet('c', () => 1);
    const stats = await cache.stats();
    const first = await collect();
    const base = { role: 'api', [named]: 'photos' };
    expect(first.get('keepsake.cache.requests')).toMatchObject({
      unit: '{request}',
      points: [
        { attributes: { ...base, [outcome]: 'hit' }, value: 1 },
        { attributes: { ...base, [outcome]: 'stale' }, value: 0 },
        { attributes: { ...base, [outcome]: 'negative' }, value: 0 },
        { attributes: { ...base, [outcome]: 'miss' }, value: 2 },
      ],
    });
    expect(first.get('keepsake.cache.sets')?.points).toEqual([{ attributes: base, value: stats.sets }]);
    expect(first.get('keepsake.cache.entries')?.points).toEqual([{ attributes: base, value: 2 }]);
    expect(first.get('keepsake.cache.memory.usage')).toMatchObject({
      unit: 'By',
      points: [{ attributes: base, value: stats.bytes }],
    });
    expect(first.get('keepsake.cache.staleness.limit')).toMatchObject({ unit: 's' });
    expect(first.get('keepsake.cache.misses')?.points).toEqual([
      { attributes: { ...base, 'keepsake.cache.reason': 'never-set' }, value: 2 },
    ]);
    await cache.get('a');
    const second = await collect();
    expect(second.get('keepsake.cache.requests')?.points[0]?.value).toBe(2);
    expect([...second.values()].every(({ description }) => description.length > 0)).toBe(true);
  });

  it('have loads as a histogram of seconds, with error.type where they failed', async () => {
    const { meterProvider, collect } = startMetrics();
    const clock = new FakeClock();
    const cache = createCache({ clock });
    instrumentCache(cache, { meterProvider, tracerProvider: false });
    const wait = (ms: number): Promise<void> => new Promise((resolve) => clock.setTimer(resolve, ms));
    const good = cache.getOrSet('a', () => wait(40).then(() => 1));
    const bad = cache.getOrSet('b', () => wait(2_000).then(() => Promise.reject(new RangeError('x'))));
    bad.catch(() => undefined);
    await clock.advance(2_000);
    await Promise.allSettled([good, bad]);
    const loads = (await collect()).get('keepsake.cache.load.duration');
    expect(loads?.unit).toBe('s');
    expect(loads?.points.map(({ attributes }) => attributes['error.type'])).toEqual([
      undefined,
      'RangeError',
    ]);
    const [fast, failed] = loads?.points.map(({ value }) => value as Histogram) ?? [];
    expect(fast?.sum).toBeCloseTo(0.04);
    expect(fast?.buckets.boundaries).toContain(0.005);
    expect(failed?.sum).toBeCloseTo(2);
  });

  it('tell at most 100 types of errors apart', async () => {
    const { meterProvider, collect } = startMetrics();
    const cache = createCache();
    instrumentCache(cache, { meterProvider, tracerProvider: false });
    for (let i = 0; i < 1_000; i += 1) {
      const error = Object.assign(new Error('x'), { code: `E${i}` });
      await cache.getOrSet('a', () => Promise.reject(error)).catch(() => undefined);
    }
    const points = (await collect()).get('keepsake.cache.load.duration')?.points ?? [];
    expect(points).toHaveLength(101);
    const rest = points.find(({ attributes }) => attributes['error.type'] === '_OTHER');
    expect((rest?.value as Histogram).count).toBe(900);
  });

  it('count notable events by name, tier, reason and error', async () => {
    const { meterProvider, collect } = startMetrics();
    const l2 = new FaultyBackend(new MemoryBackend());
    const cache = createCache({ l1: false, l2 });
    instrumentCache(cache, { meterProvider, tracerProvider: false });
    l2.mode = 'down';
    await cache.get('a');
    const [point] = (await collect()).get('keepsake.cache.events')?.points ?? [];
    expect(point).toMatchObject({
      value: 1,
      attributes: {
        [named]: 'default',
        'keepsake.cache.event': 'backend.failed',
        'keepsake.cache.tier': 'l2',
        'keepsake.cache.reason': expect.stringMatching(/^get/) as string,
        'error.type': 'ERR_UNAVAILABLE',
      },
    });
  });

  it('of two caches stand side by side, and end one by one', async () => {
    const { meterProvider, collect } = startMetrics();
    const caches = ['photos', 'people'].map((name) => createCache({ name }));
    const ends = caches.map((cache) => instrumentCache(cache, { meterProvider, tracerProvider: false }));
    await Promise.all(caches.map((cache) => cache.get('a')));
    const names = async (): Promise<unknown[]> =>
      ((await collect()).get('keepsake.cache.sets')?.points ?? []).map(({ attributes }) => attributes[named]);
    expect(await names()).toEqual(['photos', 'people']);
    ends[0]?.();
    ends[0]?.();
    await caches[0]?.get('b');
    const after = await collect();
    const missesOf = (cache: string): unknown =>
      after.get('keepsake.cache.misses')?.points.find(({ attributes }) => attributes[named] === cache)?.value;
    expect(missesOf('photos')).toBe(1);
    expect(missesOf('people')).toBe(1);
  });

  it('are not asked for any more once the instrumentation has ended', async () => {
    const { meterProvider, collect } = startMetrics();
    const cache = createCache();
    let asked = 0;
    const counted = {
      name: cache.name,
      on: cache.on.bind(cache),
      stats: () => {
        asked += 1;
        return cache.stats();
      },
    };
    const stop = instrumentCache(counted, { meterProvider, tracerProvider: false });
    await collect();
    expect(asked).toBe(1);
    stop();
    await collect();
    expect(asked).toBe(1);
  });

  it('never carry a key, and families only on request', async () => {
    const { meterProvider, collect } = startMetrics();
    const cache = createCache();
    const stop = instrumentCache(cache, { meterProvider, tracerProvider: false, keys: true });
    await cache.getOrSet('user:lena', () => 1);
    expect(JSON.stringify([...(await collect())])).not.toMatch(/lena|"user/);
    stop();
    instrumentCache(cache, { meterProvider, tracerProvider: false, families: true });
    const families = (await collect()).get('keepsake.cache.family.requests');
    expect(families?.points).toContainEqual({
      attributes: { [named]: 'default', 'keepsake.cache.family': 'user', [outcome]: 'miss' },
      value: 1,
    });
  });
});

describe('the spans of instrumentCache', () => {
  const manager = new AsyncLocalStorageContextManager();
  beforeAll(() => {
    context.setGlobalContextManager(manager.enable());
  });
  afterAll(() => context.disable());

  const setup = (
    options: { keys?: true | ((key: string) => string | undefined); maxConcurrentLoads?: number } = {},
  ): {
    clock: FakeClock;
    cache: ReturnType<typeof createCache>;
    spans: () => ReadableSpan[];
    tracerProvider: BasicTracerProvider;
    stop: () => void;
    after: <T>(ms: number, value: T) => Promise<T>;
  } => {
    const { tracerProvider, spans } = startTraces();
    const clock = new FakeClock();
    const { keys, maxConcurrentLoads = 10 } = options;
    const cache = createCache({ name: 'photos', clock, maxConcurrentLoads });
    const stop = instrumentCache(cache, { meterProvider: false, tracerProvider, ...(keys && { keys }) });
    const after = <T>(ms: number, value: T): Promise<T> =>
      new Promise((resolve) => clock.setTimer(() => resolve(value), ms));
    return { clock, cache, spans, tracerProvider, stop, after };
  };

  it('have the times of the load and are children of what was active at the call', async () => {
    const { clock, cache, spans, tracerProvider, after } = setup();
    const startMs = clock.wallNow();
    await tracerProvider.getTracer('app').startActiveSpan('request', async (parent) => {
      const call = cache.getOrSet('a', () => after(40, 1));
      await clock.advance(40);
      await call;
      parent.end();
    });
    const [load, request] = spans();
    expect(load?.name).toBe('load photos');
    expect(load?.attributes).toEqual({ [named]: 'photos' });
    expect(load?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
    expect(load && toMs(load.startTime)).toBeCloseTo(startMs, 3);
    expect(load && toMs(load.duration)).toBeCloseTo(40, 3);
    expect(load?.status.code).toBe(SpanStatusCode.UNSET);
  });

  it('are one for many callers, and none for a hit', async () => {
    const { clock, cache, spans, after } = setup();
    const calls = Array.from({ length: 20 }, () => cache.getOrSet('a', () => after(5, 1)));
    await clock.advance(5);
    await Promise.all(calls);
    await cache.getOrSet('a', () => 2);
    expect(spans()).toHaveLength(1);
  });

  it('say by type how a load failed, never by message', async () => {
    const { clock, cache, spans, after } = setup();
    await cache.getOrSet('a', () => Promise.reject(new TypeError('secret'))).catch(() => undefined);
    const late = cache.getOrSet('b', () => after(60_000, 1), { hardTimeout: 1 }).catch(() => undefined);
    await clock.advance(1_000);
    await late;
    expect(
      spans().map(({ status, attributes, events }) => [
        status,
        attributes['error.type'],
        events.map(({ attributes: own }) => own?.['keepsake.cache.timeout']),
      ]),
    ).toEqual([
      [{ code: SpanStatusCode.ERROR }, 'TypeError', []],
      [{ code: SpanStatusCode.ERROR }, 'ERR_TIMEOUT', ['hard']],
    ]);
    expect(JSON.stringify(spans().map(({ events, attributes }) => [events, attributes]))).not.toContain(
      'secret',
    );
  });

  it('of two loads of one key end each at its own time', async () => {
    const { clock, cache, spans, after } = setup();
    const first = cache.getOrSet('a', () => after(100, 'old'));
    await clock.advance(30);
    await cache.delete('a');
    const second = cache.getOrSet('a', () => after(20, 'new'));
    await clock.advance(100);
    expect(await Promise.all([first, second])).toEqual(['old', 'new']);
    expect(spans().map(({ duration }) => Math.round(toMs(duration)))).toEqual([20, 100]);
  });

  it('exist for a load that failed before its loader began', async () => {
    const { clock, cache, spans, after } = setup({ maxConcurrentLoads: 1 });
    const busy = cache.getOrSet('a', () => after(5_000, 1));
    const waiting = cache.getOrSet('b', () => 1, { hardTimeout: 2 }).catch(() => undefined);
    await clock.advance(5_000);
    await Promise.all([busy, waiting]);
    const refused = spans().find(({ attributes }) => attributes['error.type'] === 'ERR_TIMEOUT');
    expect(refused && toMs(refused.duration)).toBeCloseTo(2_000, 3);
    expect(spans()).toHaveLength(2);
  });

  it('name the key only if asked, as the function says', async () => {
    const asked = setup({ keys: true });
    await asked.cache.getOrSet('user:7', () => 1);
    await asked.cache.namespace('eu').getOrSet('user:8', () => 1);
    expect(asked.spans().map(({ attributes }) => attributes['keepsake.cache.key'])).toEqual([
      'user:7',
      'eu:user:8',
    ]);
    const masked = setup({ keys: (key) => (key.startsWith('user:') ? 'user:*' : undefined) });
    await masked.cache.getOrSet('user:7', () => 1);
    await masked.cache.getOrSet('album:7', () => 1);
    expect(masked.spans().map(({ attributes }) => attributes['keepsake.cache.key'])).toEqual([
      'user:*',
      undefined,
    ]);
  });

  it('of a namespace carry its name', async () => {
    const { tracerProvider, spans } = startTraces();
    const eu = createCache().namespace('eu', { name: 'people' });
    instrumentCache(eu, { meterProvider: false, tracerProvider });
    await eu.getOrSet('a', () => 1);
    expect(spans().map(({ name, attributes }) => [name, attributes])).toEqual([
      ['load people', { [named]: 'people', 'keepsake.cache.namespace': 'eu' }],
    ]);
  });

  it('are open for at most 10,000 loads at once, and go on once some have ended', () => {
    const { tracerProvider, spans } = startTraces();
    const listeners = new Map<string, (event: never) => void>();
    const stop = instrumentCache(
      {
        name: 'busy',
        stats: () => createCache().stats(),
        on: (event, listener) => {
          listeners.set(event, listener);
          return () => undefined;
        },
      },
      { meterProvider: false, tracerProvider },
    );
    const tell = (event: string, key: string, own: object = {}): void =>
      listeners.get(event)?.({ cache: 'busy', namespace: '', key, atMs: 1_000, ...own } as never);
    for (let i = 0; i < 100_000; i += 1) tell('load.started', `k${i}`);
    for (let i = 0; i < 5; i += 1) tell('load.finished', `k${i}`, { durationMs: 0 });
    expect(spans()).toHaveLength(5);
    for (let i = 0; i < 50; i += 1) tell('load.started', `n${i}`);
    stop();
    expect(spans()).toHaveLength(10_005);
  });

  it('that are open end with the instrumentation, and no further ones begin', async () => {
    const { clock, cache, spans, stop, after } = setup();
    const loading = cache.getOrSet('a', () => after(50, 1));
    await clock.advance(10);
    expect(spans()).toHaveLength(0);
    stop();
    expect(spans()).toHaveLength(1);
    await clock.advance(50);
    await loading;
    await cache.getOrSet('b', () => 1);
    expect(spans()).toHaveLength(1);
  });
});

describe('instrumentCache without providers', () => {
  it('uses the global ones', async () => {
    const { meterProvider, collect } = startMetrics();
    const { tracerProvider, spans } = startTraces();
    metrics.setGlobalMeterProvider(meterProvider);
    trace.setGlobalTracerProvider(tracerProvider);
    const cache = createCache({ name: 'global' });
    const stop = instrumentCache(cache);
    try {
      await cache.getOrSet('a', () => 1);
      expect((await collect()).get('keepsake.cache.loads')?.points).toEqual([
        { attributes: { [named]: 'global' }, value: 1 },
      ]);
      expect(spans()).toHaveLength(1);
    } finally {
      stop();
      metrics.disable();
      trace.disable();
    }
  });

  it('does nothing and harms nothing where no SDK is set up', async () => {
    const cache = createCache();
    const stop = instrumentCache(cache);
    expect(await cache.getOrSet('a', () => 1)).toBe(1);
    stop();
  });
});
