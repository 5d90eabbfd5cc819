import { create } from "@bufbuild/protobuf";
import { CreateOrderRequestSchema } from "@till/gen/till/order/v1/order_service_pb";
import type { BookSessionRequest, SessionService } from "@till/gen/till/session/v1/session_service_pb";
import { amountFromProto, type Call, type UnaryHandler } from "@till/rpc/server";
import { askedOrderFromProto, type AskedOrder } from "../checkout/create-order-request.ts";
import { createOrder } from "../checkout/create-order.ts";
import type { Deps } from "../deps.ts";
import { orderToProto } from "../proto.ts";
import { bookingToProto } from "./booking-to-proto.ts";
import { bookingOf } from "../rules/booking.ts";

/** SessionService.BookSession: an order of nothing but seats; they are held while it waits for its money. */
export function bookSessionRpc(deps: Deps): UnaryHandler<typeof SessionService.method.bookSession> {
  return async (request, call) => {
    const { order, isReplay } = await createOrder(deps, askedOrderFrom(request, call), call);
    if (isReplay) call.setTrailer("idempotent-replay", "true");
    const booking = bookingOf(order, order.items[0]!.id)!;
    return { booking: bookingToProto(booking), order: orderToProto(order), idempotentReplay: isReplay };
  };
}

/** The order that a booking is. Its key is not CreateOrder's: what comes by two RPCs is never the same request. */
function askedOrderFrom(request: BookSessionRequest, call: Call): AskedOrder {
  const { userId, sessionId, seats, unitPrice, idempotencyKey } = request;
  if (unitPrice) amountFromProto(unitPrice, "unit_price");
  const asked = askedOrderFromProto(
    create(CreateOrderRequestSchema, {
      userId,
      items: [
        {
          item: { case: "sessionId", value: sessionId.toLowerCase() },
          quantity: seats ?? 1,
          ...(unitPrice && { unitPrice }),
        },
      ],
      idempotencyKey,
    }),
    call,
  );
  return { ...asked, key: { ...asked.key, hash: `${request.$typeName} ${asked.key.hash}` } };
}
