import type { RouteHandlerMethod } from "fastify";
import { z } from "zod";
import { parse } from "../parse.ts";
import { carryOut, isoNow, type Done } from "./carry-out.ts";
import { minorUnits } from "./create-payment.ts";
import { declineOf } from "./declines.ts";
import { requirePayment } from "./get-payment.ts";
import { requireIdempotencyKey } from "./idempotency-key.ts";
import { newId } from "./new-id.ts";
import type { Answer } from "./once.ts";
import { beginRefund, capture, settleRefund, voidRest, type Asked } from "./operations.ts";
import type { Operation } from "./payment.ts";
import type { PaymentRecord } from "./payments.ts";
import type { Psp } from "./psp.ts";

/** POST /psp/v1/payments/:id/captures, /voids and /refunds. */
export function operate(psp: Psp, type: Operation["type"]): RouteHandlerMethod {
  return (request, reply) => {
    const key = requireIdempotencyKey(request);
    const { amount } = parse(type === "void" ? nothing : someMoney, request.body ?? {});
    const { payment, behaviour } = requirePayment(psp, request.params);
    return psp.deliver(reply, key, behaviour.answers?.[type], () => {
      return psp.once(key, { [type]: { id: payment.id, amount } }, () => {
        const record = requirePayment(psp, payment);
        const asked: Asked = { id: newId("op"), key, amount, at: isoNow(psp) };
        return answerOf(asked, doIt(psp, type, record, asked));
      });
    });
  };
}

const someMoney = z.strictObject({ amount: minorUnits });
/** A void is about all that is left. */
const nothing = z.strictObject({}).transform(() => ({ amount: 0 }));

function doIt(psp: Psp, type: Operation["type"], record: PaymentRecord, asked: Asked): Done {
  const { payment } = record;
  switch (type) {
    case "capture":
      return carryOut(psp, record, capture(payment, asked), asked.key);
    case "void":
      return carryOut(psp, record, voidRest(payment, asked), asked.key);
    case "refund":
      return refund(psp, record, asked);
  }
}

function refund(psp: Psp, record: PaymentRecord, asked: Asked): Done {
  const { refunds } = record.behaviour;
  const begun = beginRefund(record.payment, asked);
  const failure = refunds?.endsWith("failed") ? refundDecline.code : undefined;
  if (!refunds?.startsWith("pending")) {
    return carryOut(psp, record, settleRefund(begun.payment, asked.id, failure), asked.key);
  }
  psp.timers.after(pendingMs, () => {
    const now = psp.payments.find(record.payment.id);
    if (now) carryOut(psp, now, settleRefund(now.payment, asked.id, failure), asked.key);
  });
  return carryOut(psp, record, begun, asked.key);
}

const pendingMs = 2_000;
const refundDecline = declineOf("expired_or_canceled_card");

function answerOf({ id }: Asked, { payment, after }: Done): Answer {
  const operation = payment.operations.find((one) => one.id === id);
  const body = { operation, payment };
  if (operation?.status !== "failed") return { status: 200, body, after };
  return { status: 402, body: { error: refundDecline, ...body }, after };
}
