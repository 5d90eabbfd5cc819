import type { RouteHandlerMethod } from "fastify";
import { z } from "zod";
import { parse } from "../parse-request.ts";
import { carryOut, isoNow, type Done } from "./apply-change.ts";
import { minorUnits } from "./create-payment.ts";
import { declineOf } from "./declines.ts";
import { requirePayment } from "./get-payment.ts";
import { requireIdempotencyKey } from "./idempotency-key.ts";
import { newId } from "./new-id.ts";
import type { Answer } from "./idempotency.ts";
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
  const begun = beginRefund(record.payment, asked);
  if (!record.behaviour.refunds?.startsWith("pending")) {
    return settle(psp, { ...record, payment: begun.payment }, asked);
  }
  settleLater(psp, record, asked);
  return carryOut(psp, record, begun, asked.key);
}

/** Ends, in their time, the refunds that an earlier process left pending. */
export function settlePendingRefunds(psp: Psp): void {
  for (const record of psp.payments.all()) {
    const pending = record.payment.operations.filter(({ status }) => status === "pending");
    for (const operation of pending) settleLater(psp, record, operation);
  }
}

function settleLater(psp: Psp, { payment }: PaymentRecord, asked: Pick<Asked, "id" | "key">): void {
  psp.timers.after(pendingMs, () => {
    const now = psp.payments.find(payment.id);
    if (now) settle(psp, now, asked);
  });
}

function settle(psp: Psp, record: PaymentRecord, { id, key }: Pick<Asked, "id" | "key">): Done {
  const failure = record.behaviour.refunds?.endsWith("failed") ? refundDecline.code : undefined;
  return carryOut(psp, record, settleRefund(record.payment, id, failure), key);
}

const pendingMs = 2_000;
const refundDecline = declineOf("expired_or_canceled_card");

function answerOf({ id }: Asked, { payment, after }: Done): Answer {
  const operation = payment.operations.find((one) => one.id === id);
  const body = { operation, payment };
  if (operation?.status !== "failed") return { status: 200, body, after };
  return { status: 402, body: { error: refundDecline, ...body }, after };
}
