import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import {
  UpdateOrderStatusRequestSchema,
  type OrderService,
  type UpdateOrderStatusRequest,
} from "@till/gen/till/order/v1/order_service_pb";
import type { UnaryHandler } from "@till/rpc/server";
import type { Shipment } from "../rules/order.ts";
import { orderToProto } from "../proto/order.ts";
import { updateByCommand, type CommandUpdates } from "../store/update-by-command.ts";
import { fulfil, fulfilmentSteps, type FulfilmentStep } from "../rules/fulfil.ts";
import { appError } from "../rules/errors.ts";

/** OrderService.UpdateOrderStatus: the steps of fulfilment; only events set the statuses of payments and refunds. */
export function updateOrderStatusRpc(
  updates: CommandUpdates,
): UnaryHandler<typeof OrderService.method.updateOrderStatus> {
  return async (request, call) => {
    const step = {
      to: stepFromProto(request.status),
      reason: request.reason,
      shipment: shipmentFromProto(request),
      policy: updates.policies,
    };
    const order = await updateByCommand(
      updates,
      UpdateOrderStatusRequestSchema,
      request,
      call,
      (current, context) => fulfil(current, step, context),
    );
    return { order: orderToProto(order) };
  };
}

function stepFromProto(status: OrderStatus): FulfilmentStep {
  const name = OrderStatus[status];
  if (name in fulfilmentSteps) return name as FulfilmentStep;
  throw appError(
    "INVALID_ARGUMENT",
    `is set to ${Object.keys(fulfilmentSteps).join(", ")} only, never to ${name}`,
    { field: "status" },
  );
}

/** The shipment of a request that sets SHIPPED. */
function shipmentFromProto({
  status,
  carrier,
  trackingNumber,
}: UpdateOrderStatusRequest): Shipment | undefined {
  if (status === OrderStatus.SHIPPED) return { carrier, trackingNumber };
  if (carrier || trackingNumber)
    throw appError("INVALID_ARGUMENT", "carrier and tracking_number go with SHIPPED", { field: "carrier" });
  return undefined;
}
