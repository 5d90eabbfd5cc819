import type { Money as ProtoMoney } from "@till/gen/google/type/money_pb";
import {
  ApproveRefundRequestSchema,
  type ApproveRefundRequest,
  type OrderService,
} from "@till/gen/till/order/v1/order_service_pb";
import type { Money } from "@till/money";
import { amountFromProto, type UnaryHandler } from "@till/rpc/server";
import { orderToProto } from "../proto/order.ts";
import { updateByCommand, type OrderUpdates } from "../store/update-by-command.ts";
import { approveRefund, type Approval } from "../rules/refund.ts";
import { appError } from "../rules/errors.ts";

/** OrderService.ApproveRefund: all that is left, an amount, or single lines. */
export function approveRefundRpc(
  updates: OrderUpdates,
): UnaryHandler<typeof OrderService.method.approveRefund> {
  return async (request, call) => {
    const approval = approvalFromProto(request);
    const order = await updateByCommand(
      updates,
      ApproveRefundRequestSchema,
      request,
      call,
      (current, context) => approveRefund(current, approval, context),
    );
    return { order: orderToProto(order) };
  };
}

function approvalFromProto({ amount, items }: ApproveRefundRequest): Approval {
  const lines = items.map(({ itemId, amount: part }, index) => ({
    itemId: itemId.toLowerCase(),
    amount: positiveAmount(part!, `items[${index}].amount`),
  }));
  if (new Set(lines.map(({ itemId }) => itemId)).size < lines.length)
    throw appError("INVALID_ARGUMENT", "name each line once", { field: "items" });
  return { amount: amount && positiveAmount(amount, "amount"), items: lines };
}

function positiveAmount(value: ProtoMoney, field: string): Money {
  const amount = amountFromProto(value, field);
  if (amount.minorUnits <= 0n) throw appError("INVALID_ARGUMENT", "must be more than zero", { field });
  return amount;
}
