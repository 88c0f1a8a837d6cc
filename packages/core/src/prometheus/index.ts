/** Entry `@keepsake/core/prometheus`: metrics for prom-client. */
export { cacheMetrics, type MetricsOptions } from './cache-metrics.ts';
export type { MetricRegister } from './metric-register.ts';
export type { MeasuredCache, MeasuredCaches } from './name-caches.ts';
