import type { OpenMetricsContentType, PrometheusContentType, Registry } from 'prom-client';

/** A registry of prom-client, in either of its two formats. */
export type MetricRegister = Registry<PrometheusContentType> | Registry<OpenMetricsContentType>;
