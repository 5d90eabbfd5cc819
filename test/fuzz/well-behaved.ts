import { createClient, type Client } from "@connectrpc/connect";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { grpcTransport } from "@till/rpc/client";
import { setTimeout as delay } from "node:timers/promises";
import {
  courseLine,
  eur,
  newCourse,
  newProduct,
  newSession,
  newUser,
  productLine,
  sessionLine,
  berlin,
} from "../support/fixtures.ts";

/** A buyer who orders and pays all the while, as every buyer should be able to. */
export type WellBehaved = {
  /** Buys once more. */
  buy(): Promise<void>;
  close(): void;
};

export type TimedCall = { readonly name: string; readonly startedAt: number; readonly ms: number };

type Options = {
  readonly orders: string;
  readonly payments: string;
  readonly token: (user: string) => Promise<string>;
  readonly onCall: (call: TimedCall) => void;
  readonly onFailure: (error: unknown) => void;
};

/** The longest that an order may take from its payment to PAID: events are delivered within five seconds. */
const paidWithinMs = 20_000;

/** Calls are not repeated: each has to succeed. */
export function wellBehaved({ orders, payments, token, onCall, onFailure }: Options): WellBehaved {
  let bearer = Promise.resolve("");
  const options = { token: () => bearer, retries: false, timeoutMs: 20_000 };
  const transports = [orders, payments].map((address) => grpcTransport({ address, ...options }));
  const buyer = createClient(OrderService, transports[0]!);
  const payer = createClient(PaymentService, transports[1]!);

  async function timed<Response>(name: string, call: Promise<Response>): Promise<Response> {
    const startedAt = performance.now();
    const response = await call;
    onCall({ name, startedAt, ms: performance.now() - startedAt });
    return response;
  }

  async function untilPaid(client: Client<typeof OrderService>, orderId: string): Promise<void> {
    const deadline = Date.now() + paidWithinMs;
    for (;;) {
      const { order } = await timed("GetOrder", client.getOrder({ orderId }));
      if (order?.status === OrderStatus.PAID) return;
      if (Date.now() > deadline)
        throw new Error(`order ${orderId} is ${OrderStatus[order!.status]}, not PAID`);
      await delay(50);
    }
  }

  async function buyOnce(): Promise<void> {
    bearer = token(newUser());
    const key = newCourse();
    const items = [courseLine(key), sessionLine(newSession()), productLine(newProduct(), 2)];
    const { order } = await timed(
      "CreateOrder",
      buyer.createOrder({ items, shippingAddress: berlin, idempotencyKey: key }),
    );
    const { id, total } = order!;
    const method = { case: "paymentToken" as const, value: "tok_approve" };
    await timed(
      "ProcessPayment",
      payer.processPayment({ orderId: id, amount: total ?? eur(0), method, idempotencyKey: key }),
    );
    await untilPaid(buyer, id);
    const { orders: found } = await timed("ListOrders", buyer.listOrders({}));
    if (!found.some((one) => one.id === id)) throw new Error(`order ${id} is not in its owner's list`);
    await timed("ExplainOrder", buyer.explainOrder({ orderId: id }));
    await timed("ListPayments", payer.listPayments({ orderId: id }));
    await timed("CancelOrder", buyer.cancelOrder({ orderId: id, reason: "changed my mind" }));
  }

  return {
    buy: () => buyOnce().catch((error: unknown) => onFailure(error)),
    close: () => transports.forEach((transport) => transport.close()),
  };
}
