import type { Caller } from "@till/rpc/server";
import { mayRead } from "../rules/access.ts";
import type { Order } from "../rules/order.ts";
import type { Store } from "../store/store.ts";
import { appError } from "../rules/errors.ts";

export type OrderFinder = Pick<Store, "find">;

/** Reads an order that the caller may read. Throws ORDER_NOT_FOUND, for another user's order, too. */
export async function readableOrder(store: OrderFinder, id: string, caller: Caller): Promise<Order> {
  const order = await store.find(id);
  if (!order || !mayRead(order.userId, caller)) throw appError("ORDER_NOT_FOUND", `no order ${id}`);
  return order;
}
