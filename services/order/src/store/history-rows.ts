import { money } from "@till/money";
import type { RecordedEntry } from "../rules/decision.ts";
import type { HistoryType, Payload } from "../rules/history-entry.ts";
import type { OrderStatus } from "../rules/order.ts";

/** An entry of an order's history as Postgres gives it. bigint comes as text. */
export type HistoryRow = {
  readonly id: string;
  readonly order_id: string;
  readonly user_id: string;
  readonly version: number;
  readonly type: HistoryType;
  readonly from_status: OrderStatus | null;
  readonly to_status: OrderStatus;
  readonly actor: string;
  readonly reason: string;
  readonly amount_minor: string | null;
  readonly payload: Payload | null;
  readonly created_at: Date;
};

/** A history entry; its amount is in the order's currency. */
export function historyFromRow(row: HistoryRow, currency: string): RecordedEntry {
  return {
    id: row.id,
    orderId: row.order_id,
    userId: row.user_id,
    type: row.type,
    version: row.version,
    from: row.from_status ?? undefined,
    to: row.to_status,
    actor: row.actor,
    reason: row.reason,
    amount: row.amount_minor === null ? undefined : money(currency, BigInt(row.amount_minor)),
    payload: row.payload ?? {},
    at: row.created_at,
  };
}
