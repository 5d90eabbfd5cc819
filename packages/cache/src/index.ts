export { createLookup } from "./lookup.ts";
export type { Lookup } from "./lookup.ts";
export { memoryStore } from "./memory-store.ts";
export { redisStore } from "./redis-store.ts";
export type { CacheStore } from "./store.ts";
