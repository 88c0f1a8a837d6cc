export {
  createMemoryStore,
  type EvictionPolicyName,
  type MemoryStore,
  type MemoryStoreOptions,
} from './memory/memory-store.ts';
