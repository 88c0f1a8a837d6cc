export { createMemoryStore, type MemoryStore, type MemoryStoreOptions } from './memory/memory-store.ts';
