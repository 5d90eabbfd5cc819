import type { RouteHandlerMethod } from "fastify";
import { z } from "zod";
import { parse } from "../parse-request.ts";
import { applyChange, isoNow, type Applied } from "./apply-change.ts";
import { minorUnits } from "./create-payment.ts";
import { scheduleFollowUp } from "./follow-ups.ts";
import { declineOf } from "./declines.ts";
import { requirePayment } from "./get-payment.ts";
import { requireIdempotencyKey } from "./idempotency-key.ts";
import type { PspResponse } from "./idempotency.ts";
import { newId } from "./new-id.ts";
import {
  beginRefund,
  capture,
  completeRefund,
  failSucceededRefund,
  voidRemaining,
  type OperationRequest,
} from "./operations.ts";
import type { Operation } from "./payment.ts";
import type { PaymentRecord } from "./payments.ts";
import type { Psp } from "./psp.ts";

/** POST /psp/v1/payments/:id/captures, /voids and /refunds. */
export function runOperation(psp: Psp, type: Operation["type"]): RouteHandlerMethod {
  return (request, reply) => {
    const key = requireIdempotencyKey(request);
    const { amount } = parse(type === "void" ? emptyBody : amountBody, request.body ?? {});
    const { payment, behaviour } = requirePayment(psp, request.params);
    return psp.respond(reply, key, behaviour.faults?.[type], () => {
      return psp.runOnce(key, { [type]: { id: payment.id, amount } }, () => {
        const record = requirePayment(psp, payment);
        const operation: OperationRequest = { id: newId("op"), key, amount, at: isoNow(psp) };
        return responseOf(operation, execute(psp, type, record, operation));
      });
    });
  };
}

/**
 * POST /psp/dashboard/payments/:id/captures, /voids and /refunds: an operation that the merchant runs in the provider's
 * dashboard, without an idempotency key.
 */
export function runInDashboard(psp: Psp, type: Operation["type"]): RouteHandlerMethod {
  return (request, reply) => {
    const { amount } = parse(type === "void" ? emptyBody : amountBody, request.body ?? {});
    const operation = { id: newId("op"), key: `dashboard-${newId("op")}`, amount, at: isoNow(psp) };
    const record = requirePayment(psp, request.params);
    const { status, body } = responseOf(operation, execute(psp, type, record, operation));
    return reply.code(status).send(body);
  };
}

const amountBody = z.strictObject({ amount: minorUnits });
/** A void has no amount: it is of all that is left. */
const emptyBody = z.strictObject({}).transform(() => ({ amount: 0 }));

function execute(
  psp: Psp,
  type: Operation["type"],
  record: PaymentRecord,
  request: OperationRequest,
): Applied {
  const { payment } = record;
  switch (type) {
    case "capture":
      return withFollowUp(psp, record, applyChange(psp, record, capture(payment, request), request.key));
    case "void":
      return applyChange(psp, record, voidRemaining(payment, request), request.key);
    case "refund":
      return refund(psp, record, request);
  }
}

function withFollowUp(psp: Psp, record: PaymentRecord, applied: Applied): Applied {
  scheduleFollowUp(psp, { ...record, payment: applied.payment });
  return applied;
}

function refund(psp: Psp, record: PaymentRecord, request: OperationRequest): Applied {
  const begun = beginRefund(record.payment, request);
  if (!record.behaviour.refunds?.startsWith("pending")) {
    return complete(psp, { ...record, payment: begun.payment }, request);
  }
  completeLater(psp, record, request);
  return applyChange(psp, record, begun, request.key);
}

/** Schedules the completion or the late failure of refunds of an earlier process. */
export function resumeRefunds(psp: Psp): void {
  for (const record of psp.payments.all()) {
    const pending = record.payment.operations.filter(({ status }) => status === "pending");
    for (const operation of pending) completeLater(psp, record, operation);
    if (record.behaviour.refunds !== "succeeded-then-failed") continue;
    const succeeded = record.payment.operations.filter(isSucceededRefund);
    for (const operation of succeeded) failLater(psp, record, operation);
  }
}

type OperationKey = Pick<OperationRequest, "id" | "key">;

function completeLater(psp: Psp, { payment }: PaymentRecord, operation: OperationKey): void {
  psp.scheduler.schedule(pendingMs, () => {
    const current = psp.payments.find(payment.id);
    if (current) complete(psp, current, operation);
  });
}

function complete(psp: Psp, record: PaymentRecord, { id, key }: OperationKey): Applied {
  const { refunds } = record.behaviour;
  if (refunds === "succeeded-then-failed") failLater(psp, record, { id, key });
  const fails = refunds === "failed" || refunds === "pending-then-failed";
  const failureCode = fails ? refundDecline.code : undefined;
  return applyChange(psp, record, completeRefund(record.payment, id, failureCode), key);
}

function failLater(psp: Psp, { payment }: PaymentRecord, { id, key }: OperationKey): void {
  psp.scheduler.schedule(lateFailureMs, () => {
    const current = psp.payments.find(payment.id);
    if (!current?.payment.operations.some((one) => one.id === id && isSucceededRefund(one))) return;
    applyChange(psp, current, failSucceededRefund(current.payment, id, refundDecline.code), key);
  });
}

function isSucceededRefund({ type, status }: Operation): boolean {
  return type === "refund" && status === "succeeded";
}

const pendingMs = 2_000;
const lateFailureMs = 3_000;
const refundDecline = declineOf("expired_or_canceled_card");

function responseOf({ id }: OperationRequest, { payment, sentAfter }: Applied): PspResponse {
  const operation = payment.operations.find((one) => one.id === id);
  const body = { operation, payment };
  if (operation?.status !== "failed") return { status: 200, body, sentAfter };
  return { status: 402, body: { error: refundDecline, ...body }, sentAfter };
}
