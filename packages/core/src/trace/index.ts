/** Entry `@keepsake/core/trace`: what one request made a cache do. For Node. */
export { formatTrace } from './format-trace.ts';
export { MAX_STEPS, type Trace, traceRequest, type TraceStep } from './trace-request.ts';
