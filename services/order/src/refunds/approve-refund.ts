import type { Money as ProtoMoney } from "@till/gen/google/type/money_pb";
import {
  ApproveRefundRequestSchema,
  type ApproveRefundRequest,
  type OrderService,
} from "@till/gen/till/order/v1/order_service_pb";
import type { Money } from "@till/money";
import { amountFromProto, type UnaryHandler } from "@till/rpc/server";
import { orderToProto } from "../proto/order.ts";
import { updateByCommand, type CommandUpdates } from "../store/update-by-command.ts";
import type { Approval } from "../rules/approved-amount.ts";
import { approveRefund } from "../rules/refund.ts";
import { appError } from "../rules/errors.ts";

/** OrderService.ApproveRefund: all that is left, an amount, or single lines and the delivery. */
export function approveRefundRpc(
  updates: CommandUpdates,
): UnaryHandler<typeof OrderService.method.approveRefund> {
  return async (message, call) => {
    const items = message.items.map((item) => ({ ...item, itemId: item.itemId.toLowerCase() }));
    const request = { ...message, items };
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

function approvalFromProto({ amount, items, shippingFee }: ApproveRefundRequest): Approval {
  const ids = items.map(({ itemId }) => itemId);
  const repeated = ids.findIndex((id, index) => ids.indexOf(id) < index);
  if (repeated >= 0)
    throw appError("INVALID_ARGUMENT", "name each line once", { field: `items[${repeated}].item_id` });
  return {
    amount: amount && positiveAmount(amount, "amount"),
    items: items.map(({ itemId, amount: part }, index) => {
      return { itemId, amount: positiveAmount(part!, `items[${index}].amount`) };
    }),
    deliveryAmount: shippingFee && positiveAmount(shippingFee, "shipping_fee"),
  };
}

function positiveAmount(value: ProtoMoney, field: string): Money {
  const amount = amountFromProto(value, field);
  if (amount.minorUnits <= 0n) throw appError("INVALID_ARGUMENT", "must be more than zero", { field });
  return amount;
}
