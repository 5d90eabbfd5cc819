import { Code } from "@connectrpc/connect";

/** What a caller may learn of a failure besides its reason: facts for machines and hints how to go on. */
export type ErrorFacts = {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly violations?: readonly FieldViolation[];
  readonly retryAfterMs?: number;
  /** Nobody is told, but this is an access refused: somebody else's thing that is answered as NOT_FOUND. */
  readonly deniesAccess?: boolean;
  readonly cause?: unknown;
};

/** A field of the request that breaks a rule; `field` is a path such as `items[0].quantity`. */
export type FieldViolation = { readonly field: string; readonly description: string };

/** A failure that callers are meant to see. They branch on `reason`; the text is for people (spec section 5). */
export class AppError extends Error {
  readonly reason: string;
  readonly code: Code;
  readonly facts: ErrorFacts;

  constructor(reason: string, code: Code, message: string, facts: ErrorFacts = {}) {
    super(message, { cause: facts.cause });
    this.name = "AppError";
    this.reason = reason;
    this.code = code;
    this.facts = facts;
  }
}

/** The reasons every service shares; each service adds its own in `errors.ts`. */
export const sharedCodes = {
  INVALID_ARGUMENT: Code.InvalidArgument,
  CARD_NUMBER_REFUSED: Code.InvalidArgument,
  IDEMPOTENCY_KEY_REQUIRED: Code.InvalidArgument,
  IDEMPOTENCY_KEY_INVALID: Code.InvalidArgument,
  IDEMPOTENCY_KEY_REUSED: Code.AlreadyExists,
  REQUEST_IN_PROGRESS: Code.Aborted,
  REQUEST_TOO_LARGE: Code.ResourceExhausted,
  UNAUTHENTICATED: Code.Unauthenticated,
  PERMISSION_DENIED: Code.PermissionDenied,
  DEADLINE_EXCEEDED: Code.DeadlineExceeded,
  CANCELLED: Code.Canceled,
  UPSTREAM_UNAVAILABLE: Code.Unavailable,
  SHUTTING_DOWN: Code.Unavailable,
} as const satisfies Record<string, Code>;

type SharedReason = keyof typeof sharedCodes;

/** Throws one of the failures every service shares. */
export function refuse(reason: SharedReason, message: string, facts?: ErrorFacts): never {
  throw refusal(reason, message, facts);
}

/** The same, not thrown. */
export function refusal(reason: SharedReason, message: string, facts?: ErrorFacts): AppError {
  return new AppError(reason, sharedCodes[reason], message, facts);
}

/** The failure of something this service cannot do without, to be tried again. */
export function upstreamUnavailable(upstream: string, cause: unknown): AppError {
  const facts = { metadata: { upstream }, retryAfterMs: 1000, cause };
  return new AppError(
    "UPSTREAM_UNAVAILABLE",
    Code.Unavailable,
    `${upstream} cannot be reached, try again`,
    facts,
  );
}

/** Throws INVALID_ARGUMENT for one field. */
export function refuseField(field: string, description: string): never {
  refuse("INVALID_ARGUMENT", `${field}: ${description}`, { violations: [{ field, description }] });
}
