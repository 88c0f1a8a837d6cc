/** Entry `@keepsake/core/debug-log`: the events as readable lines. */
export { debugLog, type DebugLogOptions } from './debug-log.ts';
