import type { RouteHandlerMethod } from "fastify";
import { HttpError } from "../http-error.ts";
import type { Psp } from "./psp.ts";

/** GET /psp/v1/payments/:id: what became of a payment, for a client that got no answer. */
export function getPayment({ payments }: Psp): RouteHandlerMethod {
  return ({ params }, reply) => {
    const payment = payments.find((params as { id: string }).id);
    if (!payment) throw new HttpError(404, "payment_not_found", "there is no such payment");
    return reply.send(payment);
  };
}
