export { FaultyLockStore, type LockFault } from './faulty-lock-store.ts';
export type { LockStoreHarness } from './lock-store-harness.ts';
export { lockStoreSuite, type LockStoreSuiteOptions } from './lock-store-suite.ts';
