import { LRUCache } from "lru-cache";
import type { ChargeDependencies } from "./charge-dependencies.ts";

const many = 20;
const withinMs = 60 * 60_000;
const users = 100_000;

/** Counts in this process alone: what is written for orders that do not exist has a bound, not an exact number. */
export function unadmittedPayments(): ChargeDependencies["unadmitted"] {
  const counts = new LRUCache<string, number>({ max: users, ttl: withinMs, noUpdateTTL: true });
  const change = (userId: string, by: number) =>
    counts.set(userId, Math.max(0, (counts.get(userId) ?? 0) + by));
  return {
    count: (userId) => void change(userId, 1),
    release: (userId) => void change(userId, -1),
    areMany: (userId) => (counts.get(userId) ?? 0) >= many,
  };
}
