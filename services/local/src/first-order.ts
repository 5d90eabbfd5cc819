import { timestampMs } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { OrderStatus, type Order, type OrderEvent } from "@till/gen/till/order/v1/order_pb";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { grpcTransport } from "@till/rpc/client";
import { setTimeout as delay } from "node:timers/promises";
import { v7 } from "uuid";
import type { LocalSystem } from "./start-system.ts";

/** The order that shows a newcomer that everything works, with its history. */
export type FirstOrder = { readonly order: Order; readonly events: readonly OrderEvent[] };

const courses = ["018f0000-0000-7000-8000-0000000000c1", "018f0000-0000-7000-8000-0000000000c2"];

/** Places an order, pays it, and waits until the payment's event has made it PAID. */
export async function takeFirstOrder(system: LocalSystem, token: string): Promise<FirstOrder> {
  const bearer = () => Promise.resolve(token);
  const toOrders = grpcTransport({ address: system.orderAddress, token: bearer });
  const toPayments = grpcTransport({ address: system.paymentAddress, token: bearer, timeoutMs: 15_000 });
  try {
    const orders = createClient(OrderService, toOrders);
    const payments = createClient(PaymentService, toPayments);
    const items = courses.map((value) => ({ item: { case: "courseId" as const, value } }));
    const placed = await orders.createOrder({ items, idempotencyKey: v7() });
    const { id: orderId, total } = placed.order!;
    const method = { case: "paymentToken" as const, value: "tok_approve" };
    await payments.processPayment({ orderId, amount: total!, method, idempotencyKey: v7() });
    const order = await untilPaid(async () => (await orders.getOrder({ orderId })).order!);
    const { events } = await orders.listOrderEvents({ orderId });
    return { order, events };
  } finally {
    toOrders.close();
    toPayments.close();
  }
}

/** The order's history, a line an entry, with the time since it was placed. */
export function timeline(events: readonly OrderEvent[]): string[] {
  const startedAt = events[0]?.createdAt ? timestampMs(events[0].createdAt) : 0;
  return events.map(({ type, to, actor, createdAt }) => {
    const after = createdAt ? timestampMs(createdAt) - startedAt : 0;
    return `${`+${after} ms`.padStart(8)}  ${type.padEnd(18)} ${OrderStatus[to].padEnd(16)} ${actor}`;
  });
}

async function untilPaid(read: () => Promise<Order>): Promise<Order> {
  const giveUpAt = Date.now() + 20_000;
  for (;;) {
    const order = await read();
    if (order.status === OrderStatus.PAID) return order;
    if (Date.now() > giveUpAt)
      throw new Error(`the first order is ${OrderStatus[order.status]}, not PAID, after 20 s`);
    await delay(10);
  }
}
