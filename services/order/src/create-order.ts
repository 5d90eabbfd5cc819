import type { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { type Call, type UnaryHandler } from "@till/rpc";
import { askedOrderFromProto, type AskedOrder } from "./create-order-request.ts";
import type { Deps } from "./deps.ts";
import { placeOrder, type OrderItem } from "./order.ts";
import { offersFor, requireActiveUser, requireExpectedPrices, type Offer } from "./price-order.ts";
import { orderToProto } from "./proto.ts";
import type { Placed } from "./store.ts";

/** OrderService.CreateOrder */
export function createOrderRpc(deps: Deps): UnaryHandler<typeof OrderService.method.createOrder> {
  return async (request, call) => {
    const asked = askedOrderFromProto(request, call);
    const { order, isReplay } = await createOrder(deps, asked, call);
    if (isReplay) call.setTrailer("idempotent-replay", "true");
    return { order: orderToProto(order), idempotentReplay: isReplay };
  };
}

/**
 * Places an order awaiting payment and publishes order.created.
 * Safe to repeat: one caller and key always yield one order, even concurrently. A repeat of a success succeeds whatever
 * has changed since: where the request can no longer be carried out, its key is asked before it is refused.
 */
export async function createOrder(deps: Deps, asked: AskedOrder, call: Call): Promise<Placed> {
  let offers: readonly Offer[];
  try {
    await requireActiveUser(deps.users, asked.userId);
    offers = await offersFor(deps.courses, asked);
    requireExpectedPrices(asked, offers);
  } catch (refusal) {
    const earlier = await deps.store.findByKey(asked.key);
    if (!earlier) throw refusal;
    return replay(deps, earlier, call);
  }

  const now = deps.now();
  const decision = placeOrder(
    {
      id: deps.newId(),
      userId: asked.userId,
      items: offers.map((offer) => itemFrom(offer, deps.newId())),
      currency: offers[0]!.unitPrice.currency,
      expiresAt: new Date(now.getTime() + deps.policies.orderExpiryMs),
      details: asked.details,
    },
    { now, actor: `${call.caller.role}:${call.caller.id}` },
  );
  call.requireTime();
  const placed = await deps.store.insertOnce(asked.key, decision, call.traceparent);
  if (placed.isReplay) return replay(deps, placed.order, call);
  deps.telemetry.orderPlaced(placed.order, call);
  return placed;
}

function replay(deps: Deps, order: Placed["order"], call: Call): Placed {
  deps.telemetry.createReplayed(order, call);
  return { order, isReplay: true };
}

function itemFrom({ courseId, ...offer }: Offer, id: string): OrderItem {
  return { id, kind: "DIGITAL_COURSE", refId: courseId, ...offer };
}
