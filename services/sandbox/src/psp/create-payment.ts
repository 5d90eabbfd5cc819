import { isCurrency, maxMinorUnits } from "@till/money";
import type { RouteHandlerMethod } from "fastify";
import { z } from "zod";
import { parse } from "../parse.ts";
import { createDelivery } from "./delivery.ts";
import { requireIdempotencyKey } from "./idempotency-key.ts";
import { behaviourOf, type Decline } from "./magic-tokens.ts";
import { newId } from "./new-id.ts";
import type { Answer } from "./once.ts";
import type { Payment } from "./payments.ts";
import type { Psp } from "./psp.ts";

/** POST /psp/v1/payments: takes money, or with `capture: false` holds it. */
export function createPayment(psp: Psp): RouteHandlerMethod {
  const deliver = createDelivery();
  return async (request, reply) => {
    const key = requireIdempotencyKey(request);
    const wanted = parse(paymentRequest, request.body);
    const { delivery, decline } = behaviourOf(wanted.token);
    return deliver(reply, key, delivery, () => {
      return psp.once(key, { payment: wanted }, () =>
        decline ? refuse(psp, wanted, decline) : take(psp, key, wanted),
      );
    });
  };
}

const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "must be 1 to 64 letters, digits, - or _");

const paymentRequest = z.strictObject({
  payment_id: id,
  order_id: id,
  amount: z.int("must be a whole number of minor units").min(1).max(Number(maxMinorUnits)),
  currency: z.string().refine(isCurrency, "must be an ISO 4217 code, such as EUR"),
  token: z.string().min(1).max(255),
  capture: z.boolean().default(true),
});

type PaymentRequest = z.output<typeof paymentRequest>;

function take(psp: Psp, key: string, wanted: PaymentRequest): Answer {
  const payment = paymentOf(psp, wanted, { status: wanted.capture ? "succeeded" : "authorized" });
  const { amount, currency, order_id, payment_id, created_at } = payment;
  psp.payments.add(payment);
  psp.ledger.record({
    type: wanted.capture ? "charge" : "authorize",
    amount,
    currency,
    order_id,
    payment_id,
    idempotency_key: key,
    at: created_at,
  });
  return { status: 200, body: payment };
}

function refuse(psp: Psp, wanted: PaymentRequest, decline: Decline): Answer {
  const { code, retryable } = decline;
  const payment = paymentOf(psp, wanted, { status: "declined", decline_code: code, retryable });
  psp.payments.add(payment);
  return { status: 402, body: { error: decline, payment } };
}

type Result = Pick<Payment, "status" | "decline_code" | "retryable">;

function paymentOf(
  psp: Psp,
  { amount, currency, payment_id, order_id }: PaymentRequest,
  result: Result,
): Payment {
  const created_at = new Date(psp.now()).toISOString();
  return { id: newId("ch"), ...result, amount, currency, payment_id, order_id, created_at };
}
