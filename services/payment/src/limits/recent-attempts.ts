import { hash } from "node:crypto";
import { appError } from "../rules/errors.ts";
import type { Payment } from "../rules/payment.ts";

/** How often a user may try to pay within an hour: in all, and with one card. */
export type AttemptLimits = { readonly perUser: number; readonly perCard: number };

/** A user's attempts of the last hour that were declined, or whose outcome is not known yet, oldest first. */
export type RecentAttempts = { readonly userId: string; readonly attempts: readonly Attempt[] };

export type Attempt = {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Tells a user's cards apart and tells nothing about them. */
  readonly card: string;
  /** The payment's id. A key would not do: refused by the order, it is free for another payment at once. */
  readonly payment: string;
};

export const windowMs = 60 * 60_000;

/** What is remembered of an attempt. The card's mark holds for this user alone: who shares a token shares no limit. */
export function attemptOf({ id: payment, userId, createdAt }: Counted, token: string): Attempt {
  const card = hash("sha256", `card ${userId} ${token}`, "base64url").slice(0, 16);
  return { at: createdAt.getTime(), card, payment };
}

/** Counts an attempt in. Throws RATE_LIMITED, with the time until there is room, where there were too many. */
export function countIn(
  recent: RecentAttempts,
  attempt: Attempt,
  { perUser, perCard }: AttemptLimits,
): RecentAttempts {
  const attempts = recent.attempts.filter(({ at }) => at > attempt.at - windowMs);
  requireRoom(attempts, perUser, attempt);
  requireRoom(
    attempts.filter(({ card }) => card === attempt.card),
    perCard,
    attempt,
  );
  return { ...recent, attempts: [...attempts, attempt] };
}

/** Takes an attempt back that came to something, or that never reached the card: nobody tests cards that way. */
export function takeBack(recent: RecentAttempts, paymentId: string): RecentAttempts {
  const attempts = recent.attempts.filter(({ payment }) => payment !== paymentId);
  return attempts.length < recent.attempts.length ? { ...recent, attempts } : recent;
}

type Counted = Pick<Payment, "id" | "userId" | "createdAt">;

function requireRoom(attempts: readonly Attempt[], limit: number, { at: now }: Attempt): void {
  const lastToLeave = attempts[attempts.length - limit];
  if (!lastToLeave) return;
  const facts = { retryAfterMs: lastToLeave.at + windowMs - now };
  throw appError("RATE_LIMITED", "too many declined attempts to pay within an hour, try again later", facts);
}
