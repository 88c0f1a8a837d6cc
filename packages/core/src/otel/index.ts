/** Entry `@keepsake/core/otel`: metrics and spans for OpenTelemetry. */
export { ATTRIBUTE } from './attributes.ts';
export { instrumentCache, type InstrumentOptions, SCOPE } from './instrument-cache.ts';
