import { eventLine } from '../debug-log/event-line.ts';
import type { Trace } from './trace-request.ts';

/** Characters of a line's time of day, which a trace replaces by the time since its start. */
const TIME_OF_DAY = 13;

/**
 * A trace as readable lines: when, and what the cache did. No values; keys are shortened and their control
 * characters escaped.
 */
export const formatTrace = ({ steps, omitted, durationMs }: Trace): string =>
  [
    ...steps.map(({ atMs, name, event }) => `${inMs(atMs)} ${eventLine(name, event).slice(TIME_OF_DAY)}`),
    ...(omitted > 0 ? [`${omitted} more`] : []),
    `${inMs(durationMs)} done`,
  ].join('\n');

const inMs = (ms: number): string => `${ms.toFixed(1).padStart(8)} ms`;
