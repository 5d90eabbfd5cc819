import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { money, moneyToProto } from "@till/money";
import type { Caller } from "@till/rpc/server";
import type { PaymentStatus as Status } from "../rules/payment.ts";

/** An entry of a payment's history as Postgres gives it, in the payment's currency. */
export type HistoryRow = {
  readonly payment_id: string;
  readonly version: number;
  readonly position: number;
  readonly type: string;
  readonly from_status: Status | null;
  readonly to_status: Status;
  readonly actor: string;
  readonly reason: string;
  readonly created_at: Date;
  readonly amount_minor: string | null;
  readonly origin: string | null;
  readonly request_id: string | null;
};

/** An entry `h`, as `HistoryRow`. */
export const historyColumns = `
  h.payment_id, h.version, h.position, h.type, h.from_status, h.to_status, h.actor, h.reason, h.created_at,
  h.amount_minor, h.origin, h.request_id`;

/** A history entry as clients see it. From where others acted on its payment is not for a user to know. */
export function historyToProto(row: HistoryRow, currency: string, caller: Caller) {
  const isOwn = row.actor === `${caller.role}:${caller.id}`;
  const mayTrace = caller.role !== "user" || isOwn;
  return {
    paymentId: row.payment_id,
    type: row.type,
    version: BigInt(row.version),
    from: PaymentStatus[row.from_status ?? "UNSPECIFIED"],
    to: PaymentStatus[row.to_status],
    actor: row.actor,
    reason: row.reason,
    createdAt: timestampFromDate(row.created_at),
    ...(row.amount_minor !== null && { amount: moneyToProto(money(currency, BigInt(row.amount_minor))) }),
    origin: (mayTrace && row.origin) || "",
    requestId: (mayTrace && row.request_id) || "",
  };
}
