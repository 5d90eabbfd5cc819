import { createClient } from "@connectrpc/connect";
import { kafkaBus } from "@till/events/bus";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { newId } from "@till/ids";
import { grpcTransport } from "@till/rpc/client";
import { createLog } from "@till/telemetry";
import { consumeOrderEvents } from "../events/consume.ts";
import { msOf, runClosedLoop, type LoopResult } from "../load/closed-loop.ts";
import { tellResult } from "../load/tell-bench.ts";

/** What the bench hands to the process that lives orders' lives, as JSON. */
export type LifeOrder = {
  readonly orderPort: number;
  readonly paymentPort: number;
  readonly token: string;
  readonly brokers: string;
  readonly databaseUrl: string;
  /** So many orders are under way at any time. */
  readonly atOnce: number;
  readonly warmUpMs: number;
  readonly measuredMs: number;
};

/** Lives, each from CreateOrder to the commit of order.confirmed's consumer. */
export type LifeResult = LoopResult & { readonly paid: number };

tellResult(await liveLives(JSON.parse(process.argv[2]!) as LifeOrder));

async function liveLives({
  brokers,
  databaseUrl,
  atOnce,
  warmUpMs,
  measuredMs,
  ...given
}: LifeOrder): Promise<LifeResult> {
  const log = createLog({ service: "life" });
  const token = () => Promise.resolve(given.token);
  const ordersTransport = grpcTransport({
    address: `127.0.0.1:${given.orderPort}`,
    token,
    timeoutMs: 15_000,
  });
  const paymentsTransport = grpcTransport({
    address: `127.0.0.1:${given.paymentPort}`,
    token,
    timeoutMs: 15_000,
  });
  const orders = createClient(OrderService, ordersTransport);
  const payments = createClient(PaymentService, paymentsTransport);
  const confirmed = new Map<string, () => void>();
  const heardEarly = new Set<string>();
  const bus = await kafkaBus({ brokers: brokers.split(","), clientId: "till-bench-life", log });
  const since = Date.now();
  const consumer = await consumeOrderEvents({
    databaseUrl,
    bus,
    group: `till-bench-life-${since}`,
    type: "order.confirmed",
    since,
    log,
    onCommitted({ subject }) {
      if (!confirmed.has(subject)) heardEarly.add(subject);
      confirmed.get(subject)?.();
    },
  });

  const untilConfirmed = (orderId: string) =>
    new Promise<void>((resolve) => {
      if (heardEarly.delete(orderId)) resolve();
      else confirmed.set(orderId, () => resolve(void confirmed.delete(orderId)));
    });

  async function liveOnce(): Promise<void> {
    const { order } = await orders.createOrder({
      userId: `018f0000-0000-7000-9000-${newId().slice(24)}`,
      items: [1, 2].map((course) => ({
        item: { case: "courseId" as const, value: `018f0000-0000-7000-a000-00000000000${course}` },
      })),
      idempotencyKey: newId(),
    });
    const { id: orderId, total } = order!;
    await payments.processPayment({
      orderId,
      amount: total!,
      method: { case: "paymentToken", value: "tok_approve" },
      idempotencyKey: newId(),
    });
    await untilConfirmed(orderId);
  }

  await liveOnce(); // until the consumer is there
  const result = await runClosedLoop({ atOnce, warmUpMs, measuredMs, once: () => msOf(liveOnce) });
  await consumer.close();
  await bus.close();
  ordersTransport.close();
  paymentsTransport.close();
  return { ...result, paid: result.operationsInAll + 1 };
}
