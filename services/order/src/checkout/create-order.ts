import type { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { zero } from "@till/money";
import type { Call, UnaryHandler } from "@till/rpc/server";
import { askedOrderFromProto, type AskedOrder } from "./create-order-request.ts";
import type { Decision } from "../rules/decision.ts";
import { placeOrder } from "../rules/place-order.ts";
import type { Deps } from "../deps.ts";
import { quoteOrder, type Quote } from "../pricing/quote-order.ts";
import { requireActiveUser } from "./require-active-user.ts";
import { requireExpectedPrices } from "../pricing/require-expected-prices.ts";
import { requireShippingAddress } from "./require-shipping-address.ts";
import { orderToProto } from "../proto.ts";
import { withGoods } from "../stock/with-stock-reservation.ts";
import type { Placed } from "../store/store.ts";
import { contextOf } from "../store/update-by-command.ts";

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
 * Places an order awaiting payment, its seats held and its goods set aside, and publishes order.created.
 * Safe to repeat: one caller and key always yield one order, even concurrently. A repeat of a success succeeds whatever
 * has changed since: where the request can no longer be carried out, its key is asked before it is refused.
 */
export async function createOrder(deps: Deps, asked: AskedOrder, call: Call): Promise<Placed> {
  // A repeat should not set goods aside first.
  const earlier = asked.hasGoods ? await deps.store.findByKey(asked.key) : undefined;
  if (earlier) return replay(deps, earlier, asked, call);
  try {
    await requireActiveUser(deps.users, asked.userId);
    const quote = await quoteOrder(deps, asked, call);
    const decision = decide(deps, asked, quote, call);
    requireExpectedPrices(asked, decision.order);
    requireShippingAddress(asked);
    const { key } = asked;
    const placed = await withGoods(deps, { order: decision.order, key }, call, () => {
      call.requireTime();
      const { capacities } = quote;
      return deps.store.insertOnce({ key, decision, capacities, traceparent: call.traceparent });
    });
    if (placed.isReplay) return replay(deps, placed.order, asked, call);
    deps.telemetry.orderPlaced(placed.order, key, call);
    return placed;
  } catch (refusal) {
    const placed = await deps.store.findByKey(asked.key);
    if (placed) return replay(deps, placed, asked, call);
    deps.telemetry.createRefused(refusal);
    throw refusal;
  }
}

function decide(deps: Deps, { userId, details }: AskedOrder, quote: Quote, call: Call): Decision {
  const { currency, shippingFee, discount } = quote;
  const context = contextOf(deps, call);
  const expiresAt = new Date(context.now.getTime() + deps.policies.orderExpiryMs);
  const id = deps.newId();
  const items = quote.offers.map(({ capacity: _, ...offer }) => {
    return { id: deps.newId(), refunded: zero(currency), ...offer };
  });
  return placeOrder({ id, userId, items, currency, shippingFee, discount, expiresAt, details }, context);
}

function replay(deps: Deps, order: Placed["order"], { key }: AskedOrder, call: Call): Placed {
  deps.telemetry.createReplayed(order, key, call);
  return { order, isReplay: true };
}
