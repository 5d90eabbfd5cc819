import { Code } from "@connectrpc/connect";

/** An error that callers are meant to see. They branch on `reason`; the message is for people. */
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

/** What an error tells its caller besides reason and message. */
export type ErrorFacts = {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly violations?: readonly FieldViolation[];
  readonly retryAfterMs?: number;
  /** The error denies access although its reason does not say so: another user's object reported as NOT_FOUND. */
  readonly deniesAccess?: boolean;
  readonly cause?: unknown;
};

/** A field of the request that breaks a rule; `field` is a path such as `items[0].quantity`. */
export type FieldViolation = { readonly field: string; readonly description: string };

/** Facts as `appError` takes them. */
type GivenFacts = ErrorFacts & {
  /** The request field at fault: becomes the only violation, and the message begins with the field's path. */
  readonly field?: string;
  /** The dependency that failed: becomes metadata `upstream`, and the caller may retry after one second. */
  readonly upstream?: string;
};

/** Builds an error of a table's reasons. */
export type BuildError<Reason extends string> = (
  reason: Reason,
  message: string,
  facts?: GivenFacts,
) => AppError;

/** The reasons that every service shares. */
const sharedCodes = {
  INVALID_ARGUMENT: Code.InvalidArgument,
  CARD_NUMBER_REFUSED: Code.InvalidArgument,
  IDEMPOTENCY_KEY_REQUIRED: Code.InvalidArgument,
  IDEMPOTENCY_KEY_INVALID: Code.InvalidArgument,
  IDEMPOTENCY_KEY_REUSED: Code.AlreadyExists,
  REQUEST_IN_PROGRESS: Code.Aborted,
  REQUEST_TOO_LARGE: Code.ResourceExhausted,
  RATE_LIMITED: Code.ResourceExhausted,
  OVERLOADED: Code.ResourceExhausted,
  UNAUTHENTICATED: Code.Unauthenticated,
  PERMISSION_DENIED: Code.PermissionDenied,
  SERVICE_NOT_FOUND: Code.NotFound,
  DEADLINE_EXCEEDED: Code.DeadlineExceeded,
  CANCELLED: Code.Canceled,
  UPSTREAM_UNAVAILABLE: Code.Unavailable,
  SHUTTING_DOWN: Code.Unavailable,
} as const satisfies Record<string, Code>;

type SharedReason = keyof typeof sharedCodes;

/** Makes a service's `appError` from the gRPC code of each of its reasons; the shared reasons come with it. */
export function errorTable<Reason extends string>(
  codes: Readonly<Record<Reason, Code>>,
): BuildError<Reason | SharedReason> {
  const table: Readonly<Record<Reason | SharedReason, Code>> = { ...sharedCodes, ...codes };
  return (reason, message, { field, upstream, ...facts } = {}) => {
    if (field !== undefined) {
      const violations = [{ field, description: message }];
      return new AppError(reason, table[reason], `${field}: ${message}`, { violations, ...facts });
    }
    if (upstream !== undefined) {
      const metadata = { upstream, ...facts.metadata };
      return new AppError(reason, table[reason], message, { retryAfterMs: 1000, ...facts, metadata });
    }
    return new AppError(reason, table[reason], message, facts);
  };
}

/** Builds an error of a reason that every service shares. */
export const appError = errorTable({});
