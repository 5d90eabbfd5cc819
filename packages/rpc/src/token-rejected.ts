import { appError, AppError } from "./app-error.ts";

/** Why a token is rejected, for the log: the claim or header at fault, what is wrong, and never what the token has. */
export type Rejection = { readonly claim?: string; readonly problem: string };

/** The cause of an UNAUTHENTICATED error about a token. */
class TokenRejected extends Error {
  override readonly name = "TokenRejected";
  readonly rejection: Rejection;

  constructor(rejection: Rejection, options?: ErrorOptions) {
    super(`${rejection.claim ?? "token"}: ${rejection.problem}`, options);
    this.rejection = rejection;
  }
}

/** Builds the error for a token that is not accepted; its caller receives no more than the message. */
export function tokenRejected(
  rejection: Rejection,
  message = "the token is not valid",
  options?: ErrorOptions,
): AppError {
  return appError("UNAUTHENTICATED", message, { cause: new TokenRejected(rejection, options) });
}

/** Why a token was rejected; undefined for an error that has another cause. */
export function rejectionOf(error: unknown): Rejection | undefined {
  const cause = error instanceof AppError ? error.facts.cause : undefined;
  return cause instanceof TokenRejected ? cause.rejection : undefined;
}
