import { create } from "@bufbuild/protobuf";
import { canonicalId } from "@till/ids";
import { CreateOrderRequestSchema } from "@till/gen/till/order/v1/order_service_pb";
import type { BookSessionRequest, SessionService } from "@till/gen/till/session/v1/session_service_pb";
import { amountFromProto, type Call, type UnaryHandler } from "@till/rpc/server";
import { createOrderInput, type CreateOrderInput } from "../checkout/create-order-request.ts";
import { createOrder, type Checkout } from "../checkout/create-order.ts";
import { bookingToProto } from "../proto/booking.ts";
import { orderToProto } from "../proto/order.ts";
import { bookingOf } from "../rules/booking.ts";

/** SessionService.BookSession: creates an order of nothing but seats, which are held while it awaits payment. */
export function bookSessionRpc(checkout: Checkout): UnaryHandler<typeof SessionService.method.bookSession> {
  return async (request, call) => {
    const { order, isReplay } = await createOrder(checkout, bookSessionInput(request, call), call);
    if (isReplay) call.setTrailer("idempotent-replay", "true");
    const booking = bookingOf(order, order.items[0]!.id)!;
    return { booking: bookingToProto(booking), order: orderToProto(order), idempotentReplay: isReplay };
  };
}

/** The order of a booking. Its hash differs from CreateOrder's: requests of two RPCs are never the same. */
function bookSessionInput(request: BookSessionRequest, call: Call): CreateOrderInput {
  const { userId, sessionId, seats, unitPrice, idempotencyKey } = request;
  if (unitPrice) amountFromProto(unitPrice, "unit_price");
  const input = createOrderInput(
    create(CreateOrderRequestSchema, {
      userId,
      items: [
        {
          item: { case: "sessionId", value: canonicalId(sessionId) },
          quantity: seats ?? 1,
          ...(unitPrice && { unitPrice }),
        },
      ],
      idempotencyKey,
    }),
    call,
  );
  return { ...input, key: { ...input.key, hash: `${request.$typeName} ${input.key.hash}` } };
}
