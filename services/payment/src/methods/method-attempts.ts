import { reasonOf } from "@till/rpc/errors";
import { LRUCache } from "lru-cache";
import { requireAttemptAllowed, type AttemptLimits } from "../rules/attempt-limit.ts";

/** Limits attempts to store cards, so that tokens cannot be tried until one is a card's. Counts for this process. */
export type MethodAttempts = {
  /** Attempts to store a card of a user: `store`. Throws RATE_LIMITED where too many of the user's have been rejected. */
  attempt<Stored>(userId: string, at: Date, store: () => Promise<Stored>): Promise<Stored>;
};

/** The reasons that tell something about a token. An attempt that ends otherwise does not count. */
const telling = new Set(["PAYMENT_METHOD_INVALID", "PAYMENT_METHOD_LIMIT_REACHED"]);

const hourMs = 60 * 60_000;
const mostUsers = 100_000;

/** Opens them, with the limit that attempts to pay have: so many for a user within an hour, or under way. */
export function openMethodAttempts({ perUser }: Pick<AttemptLimits, "perUser">): MethodAttempts {
  const attempts = new LRUCache<string, readonly Date[]>({ max: mostUsers, ttl: hourMs });
  const timesOf = (userId: string) => attempts.get(userId) ?? [];
  return {
    async attempt(userId, at, store) {
      const earlier = timesOf(userId).map((time) => ({ at: time, cardHash: "" }));
      requireAttemptAllowed(earlier, { at, cardHash: "" }, { perUser, perCard: Infinity });
      attempts.set(userId, [...timesOf(userId), at].slice(-perUser));
      const forget = () =>
        attempts.set(
          userId,
          timesOf(userId).filter((time) => time !== at),
        );
      try {
        const stored = await store();
        forget();
        return stored;
      } catch (error) {
        if (!telling.has(reasonOf(error) ?? "")) forget();
        throw error;
      }
    },
  };
}
