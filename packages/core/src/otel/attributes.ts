/** Names of the attributes; under a name of our own, as custom attributes should be. */
export const ATTRIBUTE = {
  cache: 'keepsake.cache.name',
  namespace: 'keepsake.cache.namespace',
  key: 'keepsake.cache.key',
  outcome: 'keepsake.cache.outcome',
  tier: 'keepsake.cache.tier',
  reason: 'keepsake.cache.reason',
  event: 'keepsake.cache.event',
  family: 'keepsake.cache.family',
  timeout: 'keepsake.cache.timeout',
  /** Of OpenTelemetry's own registry: absent where nothing failed. */
  errorType: 'error.type',
} as const;

/** What the metrics and spans of an instrumentation begin with. */
export const METRIC_PREFIX = 'keepsake.cache.';
