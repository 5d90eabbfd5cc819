import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { money } from "@till/money";
import { createLog, createMetrics } from "@till/telemetry";
import { expect } from "chai";
import { v7 } from "uuid";
import { eventually } from "../../../test/support/eventually.ts";
import { berlin, newUser, notebook, productLine } from "../../../test/support/fixtures.ts";
import { registerOrdersGauge } from "../src/orders-gauge.ts";
import type { OrderStatus as OrderStatusName } from "../src/rules/order.ts";
import { placeOrder } from "../src/rules/place-order.ts";
import { orderTelemetry } from "../src/telemetry.ts";
import { withoutRecovery } from "./support/fixtures.ts";
import { type Purchase, type PurchaseEnvironment, startPurchaseEnvironment } from "./support/purchases.ts";
import { refund } from "./support/refunds.ts";

type Line = Readonly<Record<string, unknown>>;

/** A log that is kept line by line. */
function keptLog() {
  const lines: Line[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as Line);
  return { lines, log: createLog({ service: "order", level: "debug", destination: { write } }) };
}

describe("Metrics and logs of the order service", () => {
  const { lines, log } = keptLog();
  let now = new Date();
  let environment: PurchaseEnvironment;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    environment = await startPurchaseEnvironment({ log, now: () => now, env: withoutRecovery });
  });
  beforeEach(() => (lines.length = 0));
  after(() => environment?.stop());

  const pass = (seconds: number) => (now = new Date(now.getTime() + seconds * 1_000));
  const step = ({ orderId }: Purchase, status: "READY_TO_SHIP" | "SHIPPED" | "DELIVERED" | "COMPLETED") =>
    environment.platform.updateOrderStatus({ orderId, status: OrderStatus[status] });

  /** The one sample of a metric with these labels; 0 where there is none yet. */
  async function sample(name: string, labels: Line, metricName = name): Promise<number> {
    const { values } = (await environment.metrics.getSingleMetric(name)?.get()) ?? { values: [] };
    const found = values.filter((value) => !("metricName" in value) || value.metricName === metricName);
    const wanted = Object.entries(labels);
    return (
      found.find(({ labels: given }) => wanted.every(([label, value]) => given[label] === value))?.value ?? 0
    );
  }

  /** What a histogram has counted and summed up under these labels. */
  const observed = async (name: string, labels: Line) => ({
    count: await sample(name, labels, `${name}_count`),
    sum: await sample(name, labels, `${name}_sum`),
  });

  it("count the value of each order in its currency, once however often the request is repeated", async () => {
    const before = await observed("order_value", { currency: "EUR" });
    const client = environment.as(newUser());
    const request = { items: [productLine(notebook)], shippingAddress: berlin, idempotencyKey: v7() };
    for (let times = 0; times < 2; times += 1) await client.createOrder(request);
    const { count, sum } = await observed("order_value", { currency: "EUR" });
    expect([count - before.count, sum - before.sum]).to.deep.equal([1, 12.5]);
  });

  it("count every transition, creation included", async () => {
    const transitions: [string, string][] = [
      ["", "CREATED"],
      ["CREATED", "PAYMENT_PENDING"],
      ["PAYMENT_PENDING", "PAID"],
    ];
    const read = () =>
      Promise.all(transitions.map(([from, to]) => sample("order_transition_total", { from, to })));
    const before = await read();
    await environment.placePaid();
    expect((await read()).map((count, index) => count - before[index]!)).to.deep.equal([1, 1, 1]);
  });

  it("report the orders in the database by status, those of earlier processes too", async () => {
    await environment.place();
    await environment.placePaid();
    const metrics = createMetrics({ service: "order" });
    const count = async () => {
      const rows = await environment.query("SELECT status, count(*)::int AS n FROM orders GROUP BY status");
      return new Map((rows as { status: OrderStatusName; n: number }[]).map(({ status, n }) => [status, n]));
    };
    const expected = await count();
    registerOrdersGauge({ count, newest: () => Promise.resolve(new Date(5_000)), metrics, log });
    const text = await metrics.metrics();
    for (const [status, n] of expected)
      expect(text).to.contain(`orders{status="${status}",service="order"} ${n}\n`);
    expect(text).to.contain('orders{status="RETURNED",service="order"} 0\n');
    expect(text).to.contain('orders_newest_timestamp_seconds{service="order"} 5\n');
    expect(await sample("orders", { status: "PAID" })).to.be.greaterThan(0);
  });

  it("report what waits, how far behind the consumers are, the pool, and the calls to upstreams", async () => {
    await environment.place();
    expect(await sample("dead_letters", {})).to.equal(0);
    for (const name of ["outbox_events", "parked_events"]) expect(await sample(name, {})).to.be.at.least(0);
    expect(await environment.metrics.metrics()).to.match(
      /consumer_lag_events\{group="till-order",topic="payment.events",service="order"\} \d+\n/,
    );
    expect(await sample("postgres_reachable", {})).to.equal(1);
    expect(await sample("postgres_pool_connections", { state: "idle" })).to.be.greaterThan(0);
    const lookup = { method: "till.user.v1.UserService/BatchGetUsers", code: "OK" };
    expect((await observed("grpc_client_handling_seconds", lookup)).count).to.be.greaterThan(0);
  });

  it("observe the time until an order is delivered, or completed where nothing is shipped", async () => {
    const name = "order_time_to_fulfilment_seconds";
    const goods = await environment.beginAndPay(
      await environment.placeLines([productLine(notebook)], undefined, { shippingAddress: berlin }),
    );
    const course = await environment.placePaid();
    pass(60);
    await step(course, "COMPLETED");
    for (const status of ["READY_TO_SHIP", "SHIPPED"] as const) await step(goods, status);
    pass(86_400);
    await step(goods, "DELIVERED");
    await step(goods, "DELIVERED");
    await step(goods, "COMPLETED");
    // An order that comes back to its status is not fulfilled again.
    await refund(environment, goods, { amount: { currencyCode: "EUR", units: 1n, nanos: 0 } });
    expect(await observed(name, { to: "COMPLETED" })).to.deep.equal({ count: 1, sum: 60 });
    expect(await observed(name, { to: "DELIVERED" })).to.deep.equal({ count: 1, sum: 86_460 });
  });

  it("log request and idempotency key of a creation, a replay and a transition", async () => {
    const headers = { "x-request-id": v7() };
    const purchase = await environment.place();
    const [placing, cancelling] = [v7(), v7()];
    const again = {
      items: [productLine(notebook)],
      shippingAddress: berlin,
      cartId: "cart-1",
      idempotencyKey: placing,
    };
    for (let times = 0; times < 2; times += 1) await purchase.buyer.createOrder(again, { headers });
    const { orderId } = purchase;
    await purchase.buyer.cancelOrder({ orderId, idempotencyKey: cancelling }, { headers });
    const facts = (level: "info" | "debug", msg: string, key: string) =>
      eventually(() => {
        const line = lines.find((one) => one.msg === msg && one.idempotency_key === key);
        expect(line, msg).to.include({ level, request_id: headers["x-request-id"] });
        return Promise.resolve(line!);
      });
    const ids = { user_id: purchase.userId, cart_id: "cart-1" };
    const created = await facts("info", "order created", placing);
    expect(created).to.include({ ...ids, status_transition: "to CREATED" });
    expect(await facts("debug", "create order replayed", placing)).to.include(ids);
    const moved = await facts("info", "order changed", cancelling);
    expect(moved).to.include({ order_id: orderId, status_transition: "CREATED to CANCELLED" });
  });

  it("redact a card number used as an idempotency key", () => {
    const kept = keptLog();
    const telemetry = orderTelemetry({ log: kept.log, metrics: createMetrics({ service: "order" }) });
    const unitPrice = money("EUR", 100n);
    const refunded = money("EUR", 0n);
    const priceSnapshot = { offerId: undefined, title: "", capturedAt: now };
    const line = {
      id: v7(),
      kind: "DIGITAL_COURSE",
      refId: v7(),
      name: "",
      quantity: 1,
      priceSnapshot,
    } as const;
    const given = { id: v7(), userId: v7(), currency: "EUR", expiresAt: now, details: {} };
    const decision = placeOrder(
      { ...given, items: [{ ...line, unitPrice, refunded }] },
      { now, actor: "user:u" },
    );
    const key = { callerId: "u", key: "order-4111-1111-1111-1111", hash: "h" };
    const call = { requestId: "r" };
    telemetry.orderCreated(decision.order, key, call);
    telemetry.createReplayed(decision.order, key, call);
    telemetry.orderChanged(decision, { key, call });
    expect(kept.lines.map(({ idempotency_key }) => idempotency_key)).to.deep.equal(
      Array(3).fill("order-[card number]"),
    );
  });
});
