import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { PaymentStatus } from "@till/gen/till/payment/v1/payment_pb";
import { money, moneyToProto } from "@till/money";
import type { Caller } from "@till/rpc/server";
import type { HistoryRow } from "../store/history-rows.ts";

/** A history entry as clients see it. From where others acted on its payment is not for a user to know. */
export function historyToProto(row: HistoryRow, currency: string, caller: Caller) {
  const isOwn = row.actor === `${caller.role}:${caller.id}`;
  const mayTrace = caller.role !== "user" || isOwn;
  return {
    paymentId: row.payment_id,
    type: row.type,
    version: BigInt(row.version),
    fromStatus: PaymentStatus[row.from_status ?? "UNSPECIFIED"],
    toStatus: PaymentStatus[row.to_status],
    actor: row.actor,
    reason: row.reason,
    createdAt: timestampFromDate(row.created_at),
    ...(row.amount_minor !== null && { amount: moneyToProto(money(currency, BigInt(row.amount_minor))) }),
    peerAddress: (mayTrace && row.peer_address) || "",
    requestId: (mayTrace && row.request_id) || "",
  };
}
