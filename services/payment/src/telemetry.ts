import type { Log, Metrics } from "@till/telemetry";
import { Counter } from "prom-client";
import type { Payment } from "./rules/payment.ts";
import type { PaymentTelemetry } from "./rules/payment-telemetry.ts";
import type { Outcome } from "./rules/provider.ts";

/** Opens the payment service's counters and log lines. */
export function paymentTelemetry({ log, metrics }: { log: Log; metrics: Metrics }): PaymentTelemetry {
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Counter({ name, help, labelNames, registers: [metrics] });
  const attempts = counter("payment_attempt_total", "Attempts to charge, by outcome.", ["outcome"]);
  const rejected = counter("payment_rejected_total", "Attempts that the order service did not admit.", [
    "reason",
  ]);
  const repeated = counter("payment_idempotent_hit_total", "Calls that returned an earlier call's payment.");
  const synced = counter("payment_synced_total", "Payments whose status a sync changed.", ["status"]);
  const operations = counter("payment_operation_total", "Captures, voids and refunds, by outcome.", [
    "kind",
    "outcome",
  ]);
  const orphaned = counter(
    "payment_orphaned_charge_total",
    "Charges of payments that had failed; they are refunded.",
  );

  function reportOrphanedCharge(payment: Payment, outcome: Outcome): void {
    if (outcome.kind !== "approved" || payment.status !== "FAILED") return;
    orphaned.inc();
    log.error({ ...idsOf(payment), transaction_id: outcome.transactionId }, "a failed payment was charged");
  }

  return {
    paymentChanged({ payment, operations, history }) {
      const request = operations.at(-1)?.request ?? payment.request;
      for (const { from, to, requestId } of history) {
        const level = from === to ? "debug" : "info";
        if (!log.isLevelEnabled(level)) continue;
        const names = { request_id: requestId, idempotency_key: request?.key };
        const facts = {
          ...idsOf(payment),
          ...names,
          status_transition: from ? `${from} to ${to}` : `to ${to}`,
        };
        log[level](facts, from ? "payment changed" : "payment created");
      }
    },
    attemptEnded(payment, outcome, call) {
      attempts.inc({ outcome: outcome.kind });
      reportOrphanedCharge(payment, outcome);
      if (!("why" in outcome)) return;
      const facts = { ...idsOf(payment), request_id: call.requestId, status: payment.status };
      log.warn({ ...facts, outcome: outcome.kind, why: outcome.why }, "payment without outcome");
    },
    attemptRejected(payment, reason, call) {
      rejected.inc({ reason });
      log.debug(
        { ...idsOf(payment), request_id: call.requestId, reason },
        "payment rejected by the order service",
      );
    },
    paymentRepeated(payment, call) {
      repeated.inc();
      log.debug({ ...idsOf(payment), request_id: call.requestId }, "payment repeated");
    },
    paymentSynced(payment, finding) {
      synced.inc({ status: payment.status });
      if (finding.kind !== "missing") reportOrphanedCharge(payment, finding);
      log.info({ ...idsOf(payment), status: payment.status }, "payment synced");
    },
    operationEnded(payment, operationId, outcome) {
      const operation = payment.operations.find(({ id }) => id === operationId);
      const kind = operation?.kind ?? "unknown";
      operations.inc({ kind, outcome: outcome.kind });
      const facts = { ...idsOf(payment), operation_id: operationId, kind, status: payment.status };
      if ("why" in outcome) {
        log.warn({ ...facts, outcome: outcome.kind, why: outcome.why }, "operation without outcome");
      } else if (outcome.kind !== "failed")
        log.debug({ ...facts, outcome: outcome.kind }, "operation outcome recorded");
      else if (operation?.request) log.info({ ...facts, code: outcome.code }, "operation declined");
      // No caller gets this result: an operator must look at it.
      else
        log.error(
          { ...facts, scope: operation?.scope, code: outcome.code },
          "operation declined that Till began itself",
        );
    },
    recoveryFailed(error, payment) {
      log.warn(
        { ...(payment && idsOf(payment)), err: error },
        "a payment could not be recovered, it is tried again",
      );
    },
  };
}

function idsOf({ id, orderId, userId }: Payment): Record<string, string> {
  return { payment_id: id, order_id: orderId, user_id: userId };
}
