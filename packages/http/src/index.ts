export { type FetchCache, type FetchHandler, httpCache } from './fetch.ts';
export type { Handle, PurgeTarget } from './handle.ts';
export {
  shutdownCache,
  type ShutdownOptions,
  startupCache,
  type StartupOptions,
  type StartupOutcome,
} from './lifecycle.ts';
export { metricsHandler } from './metrics-handler.ts';
export {
  HTTP_DEFAULTS,
  type HttpCacheOptions,
  type ResolvedHttpOptions,
  type ResponseInfo,
} from './options.ts';
export { type ReportHandler, type ReportRequest, statsHandler } from './stats-handler.ts';
