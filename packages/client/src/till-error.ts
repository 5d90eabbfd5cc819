import type { ErrorMetadata, TillCode, TillReason } from "./reasons.ts";

/** A field of the request that breaks a rule. */
export type Violation = {
  /** Path of the field, as the protos name it: `items[0].quantity`. */
  readonly field: string;
  readonly description: string;
};

/** What a `TillError` is made of. */
export type TillErrorFacts<Reason extends TillReason = TillReason> = {
  readonly reason: Reason;
  readonly code: TillCode;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly violations?: readonly Violation[];
  readonly retryAfterMs?: number | undefined;
  readonly requestId?: string | undefined;
  readonly cause?: unknown;
};

/**
 * A call that failed. Branch on `reason`, never on the message, which is for people.
 *
 * ```ts
 * try {
 *   await till.orders.create(order);
 * } catch (error) {
 *   if (isTillError(error, "OUT_OF_STOCK")) return showSoldOut(error.metadata);
 *   throw error;
 * }
 * ```
 */
export class TillError<Reason extends TillReason = TillReason> extends Error {
  override readonly name = "TillError";
  /**
   * The stable word of the failure: `PRICE_CHANGED`, `PAYMENT_DECLINED` … A failure that did not come from Till, such as a
   * connection that could not be made, has the name of its code: `UNAVAILABLE`, `DEADLINE_EXCEEDED`.
   */
  readonly reason: Reason;
  /** The gRPC code. */
  readonly code: TillCode;
  /** Facts of the failure, as the reason has them: `failure_code`, `order_id` … */
  readonly metadata: ErrorMetadata<Reason>;
  /** The fields at fault, where the request was not valid. */
  readonly violations: readonly Violation[];
  /** When a repeat with the same idempotency key may succeed, in milliseconds from now, where Till has a time for it. */
  readonly retryAfterMs: number | undefined;
  /** Names the call in the services' logs. */
  readonly requestId: string | undefined;

  constructor(message: string, facts: TillErrorFacts<Reason>) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.reason = facts.reason;
    this.code = facts.code;
    this.metadata = (facts.metadata ?? {}) as ErrorMetadata<Reason>;
    this.violations = facts.violations ?? [];
    this.retryAfterMs = facts.retryAfterMs;
    this.requestId = facts.requestId;
  }
}

/** Whether an error is a failed call, and one of these reasons if any are named: its metadata is typed then. */
export function isTillError<Reason extends TillReason = TillReason>(
  error: unknown,
  ...reasons: Reason[]
): error is TillError<Reason> {
  if (!(error instanceof TillError)) return false;
  return reasons.length === 0 || reasons.some((reason) => reason === error.reason);
}

/** An error of a request that is not sent, since the services would reject it. */
export function invalidArgument(field: string, description: string): TillError<"INVALID_ARGUMENT"> {
  return new TillError(`${field}: ${description}`, {
    reason: "INVALID_ARGUMENT",
    code: "INVALID_ARGUMENT",
    violations: [{ field, description }],
  });
}
