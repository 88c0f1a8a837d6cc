import {
  type Attributes,
  type HrTime,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
} from '@opentelemetry/api';
import type { Cache } from '../cache.ts';
import { errorType } from '../diagnostics/error-type.ts';
import type { CacheEvent, EventBase } from '../events.ts';
import { ATTRIBUTE } from './attributes.ts';

/** Loads whose spans are open at once; further ones are not traced until some have ended. */
export const MAX_OPEN_SPANS = 10_000;

interface OpenLoad {
  readonly span: Span;
  readonly startMs: number;
}

/**
 * A span for each load. The events of a load carry its key and no number, and one key can be loading twice (a
 * load that was fenced, and its successor): an end belongs to the open load of its key whose start is nearest
 * to the end less the duration. Events are told at once and in the caller's async context, so that the active
 * span there is the parent.
 */
export class LoadSpans {
  readonly #tracer: Tracer;
  readonly #name: string;
  readonly #attributesOf: (event: EventBase) => Attributes;
  readonly #open = new Map<string, OpenLoad[]>();
  readonly #ends: readonly (() => void)[];
  #count = 0;

  constructor(
    cache: Pick<Cache, 'on' | 'name'>,
    tracer: Tracer,
    attributesOf: (event: EventBase) => Attributes,
  ) {
    this.#tracer = tracer;
    this.#name = `load ${cache.name}`;
    this.#attributesOf = attributesOf;
    this.#ends = [
      cache.on('load.started', (event) => this.#begin(event)),
      cache.on('load.finished', (event) => this.#take(event)?.end(toHrTime(event.atMs))),
      cache.on('load.failed', (event) => this.#fail(event)),
      cache.on('load.timed-out', ({ key = '', kind, atMs }) => {
        const span = this.#open.get(key)?.at(-1)?.span;
        span?.addEvent('load timed out', { [ATTRIBUTE.timeout]: kind }, toHrTime(atMs));
      }),
    ];
  }

  /** Unsubscribes; what is still loading ends its span without an outcome. */
  end(): void {
    for (const end of this.#ends) end();
    for (const loads of this.#open.values()) for (const { span } of loads) span.end();
    this.#open.clear();
    this.#count = 0;
  }

  #begin(event: EventBase): void {
    if (this.#count >= MAX_OPEN_SPANS) return;
    const { key = '', atMs } = event;
    const load: OpenLoad = { span: this.#startSpan(event, atMs), startMs: atMs };
    const loads = this.#open.get(key);
    if (loads) loads.push(load);
    else this.#open.set(key, [load]);
    this.#count += 1;
  }

  /** A load that was refused or given up before its loader began has failed, too: its span is made afterwards. */
  #fail(event: CacheEvent<'load.failed'>): void {
    const span = this.#take(event) ?? this.#startSpan(event, event.atMs - event.durationMs);
    span.setAttribute(ATTRIBUTE.errorType, errorType(event.error));
    span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(toHrTime(event.atMs));
  }

  #startSpan(event: EventBase, startMs: number): Span {
    const attributes = this.#attributesOf(event);
    return this.#tracer.startSpan(this.#name, {
      kind: SpanKind.INTERNAL,
      startTime: toHrTime(startMs),
      attributes,
    });
  }

  #take({ key = '', atMs, durationMs }: CacheEvent<'load.finished'>): Span | undefined {
    const loads = this.#open.get(key);
    if (!loads) return undefined;
    const distance = (load: OpenLoad): number => Math.abs(atMs - durationMs - load.startMs);
    const nearest = loads.reduce((a, b) => (distance(b) < distance(a) ? b : a));
    loads.splice(loads.indexOf(nearest), 1);
    if (loads.length === 0) this.#open.delete(key);
    this.#count -= 1;
    return nearest.span;
  }
}

/** A plain number would be taken for a reading of `performance.now()` where it is smaller than the process's start. */
const toHrTime = (ms: number): HrTime => {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.round((ms - seconds * 1_000) * 1_000_000)];
};
