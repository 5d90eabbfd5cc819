import { appError } from "./errors.ts";

/** How many failed or open attempts to pay a user may have within an hour: in all, and with one card. */
export type AttemptLimits = { readonly perUser: number; readonly perCard: number };

/** One attempt to pay, as the limits count it. */
export type Attempt = { readonly at: Date; readonly cardHash: string };

const windowMs = 60 * 60_000;

/** The earliest moment whose attempts count against one that is made now. */
function windowStart(now: Date): Date {
  return new Date(now.getTime() - windowMs);
}

/** Throws RATE_LIMITED, with the time until the limit allows the attempt, when a user has made too many. */
export function requireAttemptAllowed(
  earlier: readonly Attempt[],
  attempt: Attempt,
  { perUser, perCard }: AttemptLimits,
): void {
  const recent = earlier.filter(({ at }) => at > windowStart(attempt.at));
  requireBelow(recent, perUser, attempt);
  requireBelow(
    recent.filter(({ cardHash }) => cardHash === attempt.cardHash),
    perCard,
    attempt,
  );
}

function requireBelow(attempts: readonly Attempt[], limit: number, { at: now }: Attempt): void {
  const times = attempts.map(({ at }) => at.getTime()).sort((a, b) => a - b);
  const lastToLeave = times[times.length - limit];
  if (lastToLeave === undefined) return;
  const facts = { retryAfterMs: lastToLeave + windowMs - now.getTime() };
  throw appError("RATE_LIMITED", "too many declined attempts within an hour, try again later", facts);
}
