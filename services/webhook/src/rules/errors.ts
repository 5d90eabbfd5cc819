import { Code, errorTable } from "@till/rpc/errors";

/** Builds an error that callers may branch on: a reason of the webhook service, or one that every service shares. */
export const appError = errorTable({
  WEBHOOK_ENDPOINT_NOT_FOUND: Code.NotFound,
  WEBHOOK_ENDPOINT_EXISTS: Code.AlreadyExists,
  WEBHOOK_ENDPOINT_LIMIT_REACHED: Code.FailedPrecondition,
  WEBHOOK_ENDPOINT_DISABLED: Code.FailedPrecondition,
  WEBHOOK_SECRET_LIMIT_REACHED: Code.FailedPrecondition,
  WEBHOOK_DELIVERY_NOT_FOUND: Code.NotFound,
  WEBHOOK_URL_REJECTED: Code.InvalidArgument,
  ENCRYPTION_NOT_CONFIGURED: Code.FailedPrecondition,
});

/** IDEMPOTENCY_KEY_REUSED */
export function keyReused() {
  return appError("IDEMPOTENCY_KEY_REUSED", "this idempotency key was used for another request");
}

/** WEBHOOK_ENDPOINT_NOT_FOUND: there is none, or it is another caller's. */
export function endpointNotFound(endpointId: string) {
  const facts = { metadata: { endpoint_id: endpointId } };
  return appError("WEBHOOK_ENDPOINT_NOT_FOUND", `no webhook endpoint ${endpointId}`, facts);
}

/** WEBHOOK_DELIVERY_NOT_FOUND: there is none, or it is of another caller's endpoint. */
export function deliveryNotFound(deliveryId: string) {
  const facts = { metadata: { delivery_id: deliveryId } };
  return appError("WEBHOOK_DELIVERY_NOT_FOUND", `no delivery ${deliveryId}`, facts);
}
