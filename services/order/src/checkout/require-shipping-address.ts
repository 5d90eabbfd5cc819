import { appError } from "../rules/errors.ts";
import type { AskedOrder } from "./create-order-request.ts";

/** Goods have to be sent somewhere (spec S1.34). Throws SHIPPING_ADDRESS_REQUIRED. */
export function requireShippingAddress({ hasGoods, details }: AskedOrder): void {
  if (!hasGoods || Object.keys(details.shippingAddress ?? {}).length > 0) return;
  const description = "an order with goods needs an address to send them to";
  const violations = [{ field: "shipping_address", description }];
  throw appError("SHIPPING_ADDRESS_REQUIRED", description, { violations });
}
