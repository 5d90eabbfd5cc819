import type { Caller } from "@till/rpc/server";
import { mayRead } from "../rules/access.ts";
import type { Order } from "../rules/order.ts";
import { findOrder, type Reader } from "../store/order-reads.ts";
import { appError } from "../rules/errors.ts";

/** Reads an order that the caller may read. Throws ORDER_NOT_FOUND, for another user's order, too. */
export async function readableOrder(db: Reader, id: string, caller: Caller): Promise<Order> {
  const order = await findOrder(db, id);
  if (!order || !mayRead(order.userId, caller)) throw appError("ORDER_NOT_FOUND", `no order ${id}`);
  return order;
}
