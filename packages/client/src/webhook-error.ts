/** Why a webhook was rejected. */
export type WebhookProblem =
  | "HEADERS_MISSING"
  | "TIMESTAMP_INVALID"
  | "TIMESTAMP_TOO_OLD"
  | "TIMESTAMP_TOO_NEW"
  | "SIGNATURE_MISMATCH"
  | "SECRET_INVALID"
  | "BODY_INVALID";

/** A webhook that does not come from Till, was changed on the way or is too old. Respond with 400. */
export class WebhookError extends Error {
  override readonly name = "WebhookError";
  readonly problem: WebhookProblem;

  constructor(problem: WebhookProblem, message: string) {
    super(message);
    this.problem = problem;
  }
}
