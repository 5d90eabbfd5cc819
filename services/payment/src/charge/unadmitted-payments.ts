import { LRUCache } from "lru-cache";

/** A user's payments whose order is not known to exist: those under way, and those of the last hour that had none. */
export type UnadmittedPayments = {
  readonly count: (userId: string) => void;
  /** Takes back one that has an order, or was not written. */
  readonly release: (userId: string) => void;
  /** Whether the next payment of the user must not be written before its order is known. */
  readonly areMany: (userId: string) => boolean;
};

const many = 20;
const withinMs = 60 * 60_000;
const users = 100_000;

/** Counts in this process alone: what is written for orders that do not exist has a bound, not an exact number. */
export function unadmittedPayments(): UnadmittedPayments {
  const counts = new LRUCache<string, number>({ max: users, ttl: withinMs, noUpdateTTL: true });
  const change = (userId: string, by: number) =>
    counts.set(userId, Math.max(0, (counts.get(userId) ?? 0) + by));
  return {
    count: (userId) => void change(userId, 1),
    release: (userId) => void change(userId, -1),
    areMany: (userId) => (counts.get(userId) ?? 0) >= many,
  };
}
