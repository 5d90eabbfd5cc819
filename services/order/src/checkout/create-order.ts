import type { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { moneyToProto } from "@till/money";
import { AppError } from "@till/rpc/errors";
import type { RequestKey } from "@till/rpc/request-key";
import type { Call, UnaryHandler } from "@till/rpc/server";
import type { PriceChange } from "../pricing/expected-prices.ts";
import { orderToProto } from "../proto/order.ts";
import type { Order } from "../rules/order.ts";
import { withStockReservation, type Reserving } from "../stock/with-stock-reservation.ts";
import type { InsertResult, Store } from "../store/store.ts";
import type { Users } from "../upstreams/ports.ts";
import {
  createOrderInput,
  requireShippingAddress,
  withCartLines,
  type CreateOrderInput,
} from "./create-order-request.ts";
import { priceOrder, type Pricing } from "./price-order.ts";
import { appError } from "../rules/errors.ts";

/** What orders are created with. */
export type Checkout = Pricing &
  Reserving & {
    readonly store: Pick<Store, "findByKey" | "insert">;
    readonly users: Users;
    readonly telemetry: CheckoutTelemetry;
  };

/** The events of a checkout that operators see. */
type CheckoutTelemetry = {
  readonly orderCreated: (order: Order, key: RequestKey, call: Call) => void;
  readonly createReplayed: (order: Order, key: RequestKey, call: Call) => void;
  readonly createRejected: (error: unknown) => void;
};

/** OrderService.CreateOrder */
export function createOrderRpc(checkout: Checkout): UnaryHandler<typeof OrderService.method.createOrder> {
  return async (request, call) => {
    const created = await createOrder(checkout, createOrderInput(request, call), call);
    const { order, isReplay, priceChanges } = created;
    if (isReplay) call.setTrailer("idempotent-replay", "true");
    return {
      order: orderToProto(order),
      idempotentReplay: isReplay,
      priceChanges: priceChanges.map(priceChangeToProto),
    };
  };
}

function priceChangeToProto({ itemIndex, expected, current }: PriceChange) {
  const prices = { expected: moneyToProto(expected), current: moneyToProto(current) };
  return itemIndex === undefined ? prices : { itemIndex, ...prices };
}

/** `priceChanges`: the differences from the expected prices that the request accepted; empty on a replay. */
type CreateOrderResult = InsertResult & { readonly priceChanges: readonly PriceChange[] };

/**
 * Creates an order that awaits payment, with its seats held and its stock reserved, and publishes order.created. A
 * caller and a key yield one order, even concurrently. A repeat of a success succeeds whatever has changed since: the
 * key is looked up before a rejection is thrown.
 */
export async function createOrder(
  checkout: Checkout,
  requested: CreateOrderInput,
  call: Call,
): Promise<CreateOrderResult> {
  const { store, users, telemetry } = checkout;
  const { key } = requested;
  const replay = (order: Order): CreateOrderResult => {
    telemetry.createReplayed(order, key, call);
    return { order, isReplay: true, priceChanges: [] };
  };
  // A replay reserves no stock.
  const mayReserve = requested.hasGoods || isCartAlone(requested);
  const earlier = mayReserve ? await store.findByKey(key) : undefined;
  if (earlier) return replay(earlier);
  try {
    await requireActiveUser(users, requested.userId);
    const input = isCartAlone(requested) ? await filledFromCart(checkout, requested, call) : requested;
    const { decision, priceChanges, capacities } = await priceOrder(checkout, input, call);
    if (input.hasGoods) requireShippingAddress(input.details.shippingAddress);
    const result = await withStockReservation(checkout, { order: decision.order, key }, call, () => {
      call.requireTime();
      return store.insert({ key, decision, capacities, traceparent: call.traceparent });
    });
    if (result.isReplay) return replay(result.order);
    telemetry.orderCreated(result.order, key, call);
    return { ...result, priceChanges };
  } catch (rejection) {
    const created = await findAfterRejection(store, key, rejection);
    if (created) return replay(created);
    telemetry.createRejected(rejection);
    throw rejection;
  }
}

function isCartAlone({ lines }: CreateOrderInput): boolean {
  return lines.length === 0;
}

/** The input with what is in its cart. Throws CART_NOT_FOUND. */
async function filledFromCart(
  { catalog }: Checkout,
  input: CreateOrderInput,
  call: Call,
): Promise<CreateOrderInput> {
  return withCartLines(input, await catalog.linesOfCart(input.details.cartId!, call.forward()));
}

/** Finds the order of an earlier request. Where that fails, too, the error has both causes: either may be the answer. */
function findAfterRejection(
  store: Checkout["store"],
  key: RequestKey,
  rejection: unknown,
): Promise<Order | undefined> {
  return store.findByKey(key).catch((error: unknown) => {
    if (error instanceof AppError) throw error;
    throw new AggregateError([error, rejection], "an order was rejected, and its key cannot be looked up");
  });
}

/** Throws USER_NOT_FOUND or USER_INACTIVE unless the user may buy. */
async function requireActiveUser(users: Users, id: string): Promise<void> {
  const user = users.peek(id) ?? (await users.get(id));
  if (!user) throw appError("USER_NOT_FOUND", `no user ${id}`, { metadata: { id } });
  if (!user.active) throw appError("USER_INACTIVE", `user ${id} is not active`, { metadata: { id } });
}
