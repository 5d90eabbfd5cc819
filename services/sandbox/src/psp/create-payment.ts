import { isCurrency, maxMinorUnits } from "@till/money";
import type { FastifyRequest, RouteHandlerMethod } from "fastify";
import { z } from "zod";
import { parse } from "../parse-request.ts";
import { carryOut, isoNow } from "./apply-change.ts";
import type { Decline } from "./declines.ts";
import { requireIdempotencyKey } from "./idempotency-key.ts";
import { behaviourOf, cardBehind } from "./magic-tokens.ts";
import { newId } from "./new-id.ts";
import type { Answer } from "./idempotency.ts";
import { decline, take, type Payment } from "./payment.ts";
import type { PaymentRecord } from "./payments.ts";
import type { Psp } from "./psp.ts";

/** POST /psp/v1/payments: takes money, or with `capture: false` holds it. */
export function createPayment(psp: Psp): RouteHandlerMethod {
  return (request, reply) => {
    const key = requireIdempotencyKey(request);
    const wanted = parse(paymentRequest, request.body);
    return psp.deliver(reply, key, behaviourOf(wanted.token).answers?.payment, () => {
      return psp.once(key, { payment: wanted }, () => pay(psp, key, wanted, doorOf(request)));
    });
  };
}

/** A whole number of minor units, as every request to move money has it. */
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

function pay(psp: Psp, key: string, wanted: PaymentRequest, door: string): Answer {
  const { capture, token } = wanted;
  const behaviour = behaviourOf(token);
  const record: PaymentRecord = { payment: begin(wanted, isoNow(psp), door), behaviour, key, capture };
  if (behaviour.decline) return refuse(psp, record, behaviour.decline);
  const change = behaviour.needsAction ? { payment: record.payment } : take(record.payment, capture);
  const { payment, after } = carryOut(psp, record, change, key);
  return { status: 200, body: payment, after };
}

function refuse(psp: Psp, record: PaymentRecord, error: Decline): Answer {
  const { payment, after } = carryOut(psp, record, decline(record.payment, error), record.key);
  return { status: 402, body: { error, payment }, after };
}

/** A payment that nothing has come of yet. */
function begin(
  { amount, currency, payment_id, order_id, token }: PaymentRequest,
  created_at: string,
  door: string,
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
    ...(needsAction && { action_url: `${door}/psp/v1/payments/${id}/action` }),
    ...(card && { card }),
    operations: [],
    created_at,
  };
}

/** Where this door is reached, as its caller knows it. */
function doorOf({ protocol, host }: FastifyRequest): string {
  return `${protocol}://${host}`;
}
