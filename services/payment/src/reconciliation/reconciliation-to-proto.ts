import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { MismatchKind, ReconciliationStatus } from "@till/gen/till/payment/v1/payment_service_pb";
import type { Found } from "./reconciler.ts";

/** A reconciliation as clients see it. */
export function reconciliationToProto({ run, mismatches }: Found) {
  return {
    id: run.id,
    status: ReconciliationStatus[run.status],
    createdAfter: timestampFromDate(run.from),
    createdBefore: timestampFromDate(run.until),
    matched: run.matched,
    mismatches: mismatches.map((mismatch) => ({ ...mismatch, kind: MismatchKind[mismatch.kind] })),
    mismatched: run.mismatched,
    startedAt: timestampFromDate(run.startedAt),
    problem: run.problem ?? "",
    ...(run.finishedAt && { finishedAt: timestampFromDate(run.finishedAt) }),
  };
}
