export { copyValue } from '../copy.ts';
export type { BackendCase, BackendHarness } from './backend-harness.ts';
export { backendSuite } from './backend-suite.ts';
export { assertTrace, recordEvents, type RecordedEvents } from './event-recorder.ts';
export { FakeClock } from './fake-clock.ts';
export { type FaultMode, FaultyBackend } from './faulty-backend.ts';
export { memoryBus, type MemoryBus, type MemoryBusConnection } from './memory-bus.ts';
export { assertCode, assertEqual, assertTrue, type SuiteRunner } from './runner.ts';
