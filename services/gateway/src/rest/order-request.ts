import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  CreateOrderItemSchema,
  CreateOrderRequestSchema,
} from "@till/gen/till/order/v1/order_service_pb";
import { appError } from "../errors.ts";
import { amountFromJson } from "./amounts.ts";
import type { RestCall, RestResponse } from "./rest-route.ts";
import type { CreateOrderResponse } from "@till/gen/till/order/v1/order_service_pb";

/** A line of a request, in the words of no dialect. */
export type RequestedLine = {
  readonly courseId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly productId?: string | undefined;
  readonly quantity?: number | undefined;
  /** Decimal text. */
  readonly unitPrice?: string | undefined;
};

/** Returns the lines of CreateOrder. Throws INVALID_ARGUMENT where a line names two things, or an amount is none. */
export function linesOf(
  lines: readonly RequestedLine[],
  currency: string,
): MessageInitShape<typeof CreateOrderItemSchema>[] {
  return lines.map(({ quantity, unitPrice, ...ids }, index) => {
    const field = `items[${index}]`;
    const given = (["courseId", "sessionId", "productId"] as const).flatMap((name) => {
      const value = ids[name];
      return value === undefined ? [] : [{ case: name, value }];
    });
    if (given.length > 1) throw appError("INVALID_ARGUMENT", "names more than one thing", { field });
    return {
      ...(given[0] && { item: given[0] }),
      ...(quantity !== undefined && { quantity }),
      ...(unitPrice !== undefined && {
        unitPrice: amountFromJson(unitPrice, currency, `${field}.unit_price`),
      }),
    };
  });
}

/** Sends CreateOrder. A new order is 201, a replay 200. */
export async function createOrder(
  { orders, options }: RestCall,
  request: MessageInitShape<typeof CreateOrderRequestSchema>,
  show: (order: NonNullable<CreateOrderResponse["order"]>) => unknown,
  pathOf: (orderId: string) => string,
): Promise<RestResponse> {
  const { order, idempotentReplay } = await orders.createOrder(request, options);
  return {
    status: idempotentReplay ? 200 : 201,
    body: show(order!),
    headers: { location: pathOf(order!.id) },
  };
}

/** The reasons that CreateOrder has of its own. */
export const createReasons = [
  ...["IDEMPOTENCY_KEY_REQUIRED", "IDEMPOTENCY_KEY_REUSED", "SHIPPING_ADDRESS_REQUIRED", "USER_NOT_FOUND"],
  ...["USER_INACTIVE", "COURSE_NOT_FOUND", "COURSE_UNAVAILABLE", "SESSION_NOT_FOUND", "PRODUCT_NOT_FOUND"],
  ...[
    "PRICE_CHANGED",
    "OUT_OF_STOCK",
    "SESSION_FULL",
    "ALREADY_PURCHASED",
    "CURRENCY_MISMATCH",
    "CART_NOT_FOUND",
  ],
];
