import {
  MismatchKind,
  PaymentService,
  ReconciliationStatus,
  type Reconciliation as ProtoReconciliation,
} from "@till/gen/till/payment/v1/payment_service_pb";
import type { Calls } from "./calls.ts";
import type {
  AuditRange,
  AuditVerification,
  Mismatch,
  Reconciliation,
  Reconciliations,
} from "./reconciliation.ts";
import {
  dateFrom,
  nameFrom,
  required,
  requiredDateFrom,
  textFrom,
  timestampOf,
  withoutUndefined,
} from "./values.ts";

const rpc = PaymentService.method;

/** Reconciliations over calls on the payment service. */
export function reconciliationsOver(calls: Calls): Reconciliations {
  return {
    async start({ createdAfter, createdBefore, repair = false } = {}, options) {
      const request = withoutUndefined({
        createdAfter: timestampOf(createdAfter, "createdAfter"),
        createdBefore: timestampOf(createdBefore, "createdBefore"),
        repair,
      });
      const response = await calls.command(rpc.startReconciliation, request, options);
      return reconciliationFrom(response.reconciliation);
    },
    async get(reconciliationId, options) {
      const response = await calls.query(rpc.getReconciliation, { reconciliationId }, options);
      return reconciliationFrom(response.reconciliation);
    },
  };
}

/** Verifies the hash chain of the audit log. */
export async function verifyAudit(
  calls: Calls,
  { fromSequence = 0, expectedHash = "", ...options }: AuditRange,
): Promise<AuditVerification> {
  const request = { fromSequence: BigInt(fromSequence), expectedHash };
  const fields = await calls.query(rpc.verifyAudit, request, options);
  const { intact, complete, lastHash, firstBrokenSequence } = fields;
  return withoutUndefined<AuditVerification>({
    ...{ intact, complete, lastHash },
    checked: Number(fields.checked),
    firstBrokenSequence: firstBrokenSequence === 0n ? undefined : Number(firstBrokenSequence),
    problem: textFrom(fields.problem),
    lastSequence: Number(fields.lastSequence),
    unchained: Number(fields.unchained),
  });
}

function reconciliationFrom(reconciliation: ProtoReconciliation | undefined): Reconciliation {
  const fields = required(reconciliation);
  return withoutUndefined<Reconciliation>({
    id: fields.id,
    status: nameFrom(ReconciliationStatus, fields.status),
    createdAfter: requiredDateFrom(fields.createdAfter),
    createdBefore: requiredDateFrom(fields.createdBefore),
    matched: fields.matched,
    mismatched: fields.mismatched,
    mismatches: fields.mismatches.map(({ paymentId, orderId, kind, internal, external, repaired }) =>
      withoutUndefined<Mismatch>({
        paymentId: textFrom(paymentId),
        orderId: textFrom(orderId),
        kind: nameFrom(MismatchKind, kind),
        ...{ internal, external, repaired },
      }),
    ),
    startedAt: requiredDateFrom(fields.startedAt),
    finishedAt: dateFrom(fields.finishedAt),
    problem: textFrom(fields.problem),
  });
}
