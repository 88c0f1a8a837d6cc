/** Entry `@keepsake/core/diagnostics`: the events on `node:diagnostics_channel`. */
export { EVENT_NAMES, type EventName } from './event-names.ts';
export { type DiagnosticsOptions, publishDiagnostics } from './publish-diagnostics.ts';
