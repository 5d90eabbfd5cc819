import type { Log, Metrics } from "@till/telemetry";
import { Counter } from "prom-client";
import type { Payment } from "./rules/payment.ts";
import type { Finding, OperationOutcome, Outcome } from "./rules/provider.ts";

/** What the payment service tells operators: one function a business event, so that log and counter agree. */
export type PaymentTelemetry = ReturnType<typeof paymentTelemetry>;

type AskedBy = { readonly requestId: string };

/** Opens the payment service's counters (spec S1.44) and log lines. */
export function paymentTelemetry({ log, metrics }: { log: Log; metrics: Metrics }) {
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Counter({ name, help, labelNames, registers: [metrics] });
  const attempts = counter(
    "payment_attempt_total",
    "Attempts to charge, by what the provider made of them.",
    ["outcome"],
  );
  const refused = counter("payment_refused_total", "Attempts the order service did not let through.", [
    "reason",
  ]);
  const repeated = counter("payment_idempotent_hit_total", "Calls that came to an earlier call's payment.");
  const resolved = counter("payment_resolved_total", "Payments the janitor found out about.", ["status"]);
  const operations = counter(
    "payment_operation_total",
    "Captures, voids and refunds, by what the provider made of them.",
    ["kind", "outcome"],
  );
  const stray = counter(
    "payment_stray_charge_total",
    "Charges for payments that had failed; the money goes back.",
  );

  function noticeStray(payment: Payment, outcome: Outcome): void {
    if (outcome.kind !== "approved" || payment.status !== "FAILED") return;
    stray.inc();
    log.error({ ...idsOf(payment), transaction_id: outcome.transactionId }, "a failed payment was charged");
  }

  return {
    attemptEnded(payment: Payment, outcome: Outcome, call: AskedBy): void {
      attempts.inc({ outcome: outcome.kind });
      noticeStray(payment, outcome);
      const facts = { ...idsOf(payment), request_id: call.requestId, status_transition: payment.status };
      if ("why" in outcome)
        log.warn({ ...facts, outcome: outcome.kind, why: outcome.why }, "payment not settled");
      else if (log.isLevelEnabled("debug")) log.debug(facts, "payment settled");
    },
    attemptRejected(payment: Payment, reason: string, call: AskedBy): void {
      refused.inc({ reason });
      log.debug({ ...idsOf(payment), request_id: call.requestId, reason }, "payment turned back");
    },
    paymentRepeated(payment: Payment, call: AskedBy): void {
      repeated.inc();
      log.debug({ ...idsOf(payment), request_id: call.requestId }, "payment repeated");
    },
    paymentSynced(payment: Payment, finding: Finding): void {
      resolved.inc({ status: payment.status });
      if (finding.kind !== "missing") noticeStray(payment, finding);
      log.info({ ...idsOf(payment), status_transition: payment.status }, "payment resolved");
    },
    operationEnded(payment: Payment, operationId: string, outcome: OperationOutcome): void {
      const operation = payment.operations.find(({ id }) => id === operationId);
      const kind = operation?.kind ?? "unknown";
      operations.inc({ kind, outcome: outcome.kind });
      const facts = { ...idsOf(payment), operation_id: operationId, kind, status_transition: payment.status };
      if ("why" in outcome) {
        log.warn({ ...facts, outcome: outcome.kind, why: outcome.why }, "operation not settled");
      } else if (outcome.kind !== "failed")
        log.debug({ ...facts, outcome: outcome.kind }, "operation settled");
      else if (operation?.request) log.info({ ...facts, code: outcome.code }, "operation refused");
      // Nobody who asked for it is told: somebody must look at it.
      else log.error({ ...facts, scope: operation?.scope, code: outcome.code }, "operation of ours refused");
    },
    recoveryFailed(error: unknown, payment?: Payment): void {
      log.warn(
        { ...(payment && idsOf(payment)), err: error },
        "a payment could not be resolved, it is tried again",
      );
    },
  };
}

function idsOf({ id, orderId, userId }: Payment): Record<string, string> {
  return { payment_id: id, order_id: orderId, user_id: userId };
}
