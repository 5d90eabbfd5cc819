import type { PaymentStatus } from "../rules/payment.ts";
import { rowSet } from "@till/postgres/statements";
import type { HistoryEntry } from "../rules/decision.ts";

/** An entry of a payment's history as Postgres gives it, in the payment's currency. */
export type HistoryRow = {
  readonly payment_id: string;
  readonly version: number;
  readonly position: number;
  readonly type: string;
  readonly from_status: PaymentStatus | null;
  readonly to_status: PaymentStatus;
  readonly actor: string;
  readonly reason: string;
  readonly created_at: Date;
  readonly amount_minor: string | null;
  readonly peer_address: string | null;
  readonly request_id: string | null;
};

/** An entry `h`, as `HistoryRow`. */
export const historyColumns = `
  h.payment_id, h.version, h.position, h.type, h.from_status, h.to_status, h.actor, h.reason, h.created_at,
  h.amount_minor, h.peer_address, h.request_id`;

/** How a statement writes history entries, taking its parameters from `first` on. */
export const historyFrom = (first: number) =>
  rowSet("entry", first, {
    user_id: "text",
    payment_id: "uuid",
    version: "integer",
    position: "integer",
    type: "text",
    from_status: "text",
    to_status: "text",
    actor: "text",
    reason: "text",
    created_at: "timestamptz",
    amount_minor: "bigint",
    peer_address: "text",
    request_id: "text",
  });

/** History entries, numbered within their change. */
export function historyRows(history: readonly HistoryEntry[]) {
  return history.map((entry, index) => ({
    user_id: entry.userId,
    payment_id: entry.paymentId,
    version: entry.version,
    position: index + 1,
    type: entry.type,
    from_status: entry.from,
    to_status: entry.to,
    actor: entry.actor,
    reason: entry.reason,
    created_at: entry.at,
    amount_minor: entry.amount && Number(entry.amount.minorUnits),
    peer_address: entry.peerAddress,
    request_id: entry.requestId,
  }));
}
