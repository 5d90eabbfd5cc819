import { createClient } from "@connectrpc/connect";
import { kafkaBus } from "@till/events/bus";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { newId } from "@till/ids";
import { grpcTransport } from "@till/rpc/client";
import { createLog } from "@till/telemetry";
import { setTimeout as sleep } from "node:timers/promises";
import { consumeOrderEvents } from "../events/consume.ts";
import { quantilesOf, type Quantiles } from "../load/quantiles.ts";

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

/** Lives that ended in the measured window, from CreateOrder to the commit of order.confirmed's consumer. */
export type LifeResult = Quantiles & {
  readonly lives: number;
  readonly perSecond: number;
  readonly paid: number;
};

const order = JSON.parse(process.argv[2]!) as LifeOrder;
const result = await liveLives(order);
process.channel?.ref(); // alive until stopped, so that the result is not lost on its way
process.once("disconnect", () => process.exit());
process.send?.({ result });

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
  const tookMs: number[] = [];
  let paid = 1;
  let isOver = false;
  async function liveOn(): Promise<void> {
    while (!isOver) {
      const startedAt = performance.now();
      await liveOnce();
      paid += 1;
      tookMs.push(performance.now() - startedAt);
    }
  }
  const living = Promise.all(Array.from({ length: atOnce }, liveOn));
  await Promise.race([living, sleep(warmUpMs)]);
  tookMs.length = 0;
  process.send?.({ window: "begins" });
  const startedAt = performance.now();
  await Promise.race([living, sleep(measuredMs)]);
  process.send?.({ window: "ends" });
  const seconds = (performance.now() - startedAt) / 1000;
  const times = Float64Array.from(tookMs);
  isOver = true;
  await living;
  await consumer.close();
  await bus.close();
  ordersTransport.close();
  paymentsTransport.close();
  return { paid, lives: times.length, perSecond: times.length / seconds, ...quantilesOf(times) };
}
