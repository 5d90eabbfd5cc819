import type { RouteHandlerMethod } from "fastify";
import { HttpError } from "../http-error.ts";
import type { PaymentRecord } from "./payments.ts";
import type { Psp } from "./psp.ts";

/** GET /psp/v1/payments/:id: a payment, for a client that got no response. */
export function getPayment(psp: Psp): RouteHandlerMethod {
  return ({ params }, reply) => reply.send(requirePayment(psp, params).payment);
}

/** GET /psp/v1/payments/:id/operations/:key: a capture, void or refund, by its idempotency key. */
export function getOperation(psp: Psp): RouteHandlerMethod {
  return ({ params }, reply) => {
    const { operations } = requirePayment(psp, params).payment;
    const operation = operations.find(({ key }) => key === (params as { key: string }).key);
    if (!operation) throw new HttpError(404, "operation_not_found", "there is no operation with this key");
    return reply.send(operation);
  };
}

/** The payment with the id in the path. Throws HttpError 404 `payment_not_found`. */
export function requirePayment({ payments }: Pick<Psp, "payments">, params: unknown): PaymentRecord {
  const found = payments.find((params as { id: string }).id);
  if (!found) throw new HttpError(404, "payment_not_found", "there is no such payment");
  return found;
}
