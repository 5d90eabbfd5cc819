import { LRUCache } from "lru-cache";
import type { CacheStore } from "./store.ts";

/** A store inside this process, for a system that runs without Redis. */
export function memoryStore({ maxEntries = 10_000 }: { readonly maxEntries?: number } = {}): CacheStore {
  const values = new LRUCache<string, string>({ max: maxEntries });
  return {
    getMany: (keys) => Promise.resolve(keys.map((key) => values.get(key))),
    setMany(entries) {
      for (const { key, value, ttlMs } of entries) values.set(key, value, { ttl: ttlMs });
      return Promise.resolve();
    },
    deleteMany(keys) {
      for (const key of keys) values.delete(key);
      return Promise.resolve();
    },
    close() {
      values.clear();
      return Promise.resolve();
    },
  };
}
