import { isCurrency, maxMinorUnits } from "@till/money";
import type { FastifyRequest, RouteHandlerMethod } from "fastify";
import { z } from "zod";
import { parse } from "../parse-request.ts";
import { applyChange, isoNow } from "./apply-change.ts";
import { scheduleFollowUp } from "./follow-ups.ts";
import { requireIdempotencyKey } from "./idempotency-key.ts";
import type { PspResponse } from "./idempotency.ts";
import { behaviourOf, cardBehind } from "./magic-tokens.ts";
import { newId } from "./new-id.ts";
import { approve, decline, type Payment } from "./payment.ts";
import type { PaymentRecord } from "./payments.ts";
import type { Psp } from "./psp.ts";

/** POST /psp/v1/payments: charges, or authorizes with `capture: false`. A decline is 402. */
export function createPayment(psp: Psp): RouteHandlerMethod {
  return (request, reply) => {
    const key = requireIdempotencyKey(request);
    const input = parse(paymentRequest, request.body);
    return psp.respond(reply, key, behaviourOf(input.token).faults?.payment, () => {
      return psp.runOnce(key, { payment: input }, () => execute(psp, key, input, baseUrl(request)));
    });
  };
}

/** An amount in minor units. */
export const minorUnits = z.int("must be a whole number of minor units").min(1).max(Number(maxMinorUnits));

const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "must be 1 to 64 letters, digits, - or _");

const paymentRequest = z.strictObject({
  payment_id: id,
  order_id: id,
  amount: minorUnits,
  currency: z.string().refine(isCurrency, "must be an ISO 4217 code, such as EUR"),
  token: z.string().min(1).max(255),
  capture: z.boolean().default(true),
});

type PaymentRequest = z.output<typeof paymentRequest>;

function execute(psp: Psp, key: string, input: PaymentRequest, url: string): PspResponse {
  const { capture, token } = input;
  const behaviour = behaviourOf(token);
  const record: PaymentRecord = { payment: newPayment(input, isoNow(psp), url), behaviour, key, capture };
  const { decline: error, needsAction } = behaviour;
  if (error) {
    const { payment, sentAfter } = applyChange(psp, record, decline(record.payment, error), key);
    return { status: 402, body: { error, payment }, sentAfter };
  }
  const change = needsAction ? { payment: record.payment } : approve(record.payment, capture);
  const { payment, sentAfter } = applyChange(psp, record, change, key);
  scheduleFollowUp(psp, { ...record, payment });
  return { status: 200, body: payment, sentAfter };
}

/** A payment before its outcome. */
function newPayment(
  { amount, currency, payment_id, order_id, token }: PaymentRequest,
  created_at: string,
  url: string,
): Payment {
  const { short, needsAction } = behaviourOf(token);
  const [id, card] = [newId("ch"), cardBehind(token)];
  return {
    id,
    payment_id,
    order_id,
    status: "requires_action",
    amount: short ? Math.max(1, amount - 1) : amount,
    currency,
    authorized: 0,
    captured: 0,
    refunded: 0,
    ...(needsAction && { action_url: `${url}/psp/v1/payments/${id}/action` }),
    ...(card && { card }),
    operations: [],
    created_at,
  };
}

/** The server's URL as the client addressed it. */
function baseUrl({ protocol, host }: FastifyRequest): string {
  return `${protocol}://${host}`;
}
