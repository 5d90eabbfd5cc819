import { money } from "@till/money";
import type { Dispute } from "../rules/payment.ts";

/** The columns of a payment's newest dispute: all but the last are there together or not at all. */
export type DisputeColumns = {
  readonly dispute_id: string | null;
  readonly dispute_state: Dispute["state"] | null;
  readonly dispute_reason: string | null;
  readonly dispute_minor: string | null;
  readonly dispute_withdrawn_minor: string | null;
  readonly dispute_respond_by: Date | null;
};

/** Names and types of the columns, for a row set. */
export const disputeColumns = {
  dispute_id: "text",
  dispute_state: "text",
  dispute_reason: "text",
  dispute_minor: "bigint",
  dispute_withdrawn_minor: "bigint",
  dispute_respond_by: "timestamptz",
} as const;

export function disputeFromRow(row: DisputeColumns, currency: string): Dispute | undefined {
  if (row.dispute_id === null || row.dispute_state === null) return undefined;
  return {
    id: row.dispute_id,
    state: row.dispute_state,
    reason: row.dispute_reason ?? "",
    amount: money(currency, BigInt(row.dispute_minor ?? "0")),
    withdrawn: money(currency, BigInt(row.dispute_withdrawn_minor ?? "0")),
    respondBy: row.dispute_respond_by ?? undefined,
  };
}

export function disputeRow(dispute: Dispute | undefined) {
  return {
    dispute_id: dispute?.id,
    dispute_state: dispute?.state,
    dispute_reason: dispute?.reason,
    dispute_minor: dispute && Number(dispute.amount.minorUnits),
    dispute_withdrawn_minor: dispute && Number(dispute.withdrawn.minorUnits),
    dispute_respond_by: dispute?.respondBy,
  };
}
