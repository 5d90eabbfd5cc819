import { type Client, createClient } from "@connectrpc/connect";
import { memoryStore } from "@till/cache";
import { localBus } from "@till/events/bus";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { OrderService, type WatchOrderResponse } from "@till/gen/till/order/v1/order_service_pb";
import { grpcTransport } from "@till/rpc/client";
import { reasonOf } from "@till/rpc/errors";
import { createLog, createMetrics } from "@till/telemetry";
import { expect } from "chai";
import { v7 } from "uuid";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import {
  ada,
  bo,
  courseLine,
  newCourse,
  newUser,
  notebook,
  productLine,
} from "../../../test/support/fixtures.ts";
import { orderConfig, startOrderService } from "../src/start.ts";
import { insertOrderIn } from "./support/insert-order.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./support/order-service.ts";

type Orders = Client<typeof OrderService>;

describe("WatchOrder", () => {
  let environment: OrderEnvironment;
  before(async () => (environment = await startOrderEnvironment()));
  after(() => environment.stop());

  /** Watches in the background; `stop` cancels the stream and rejects with any other error that ended it. */
  function follow(client: Orders, orderId: string, afterVersion?: bigint) {
    const cancelled = new AbortController();
    const seen: WatchOrderResponse[] = [];
    const request = { orderId, ...(afterVersion !== undefined && { afterVersion }) };
    const done = (async () => {
      try {
        for await (const message of client.watchOrder(request, { signal: cancelled.signal }))
          seen.push(message);
      } catch (error) {
        if (!cancelled.signal.aborted) throw error;
      }
    })();
    return { seen, done, stop: () => (cancelled.abort(), done) };
  }

  const summaryOf = ({ update, version }: WatchOrderResponse) =>
    update.case === "event"
      ? `${version} ${update.value.type} ${OrderStatus[update.value.to]}`
      : `${version} ${update.case}`;

  it("begins with a snapshot and continues with each change", async () => {
    const user = newUser();
    const client = environment.as(user);
    const { id: orderId } = await insertOrderIn(environment, user, "PAID");
    const watcher = follow(client, orderId);
    await eventually(() => watcher.seen.length === 1);
    await client.requestRefund({ orderId, reason: "broken" });
    await eventually(() => watcher.seen.length === 2);
    await client.closeRefund({ orderId });
    await eventually(() => watcher.seen.length === 3);
    expect(watcher.seen.map(summaryOf)).to.deep.equal([
      "1 snapshot",
      "2 REFUND_REQUESTED REFUND_REQUESTED",
      "3 REFUND_CLOSED PAID",
    ]);
    await watcher.stop();
    const resumed = follow(client, orderId, 2n);
    await eventually(() => resumed.seen.length === 1);
    expect(resumed.seen.map(summaryOf)).to.deep.equal(["3 REFUND_CLOSED PAID"]);
    await resumed.stop();
  });

  it("resumes after a version, never between two entries of one", async () => {
    const user = newUser();
    const { order } = await environment.as(user).createOrder({
      items: [productLine(notebook)],
      shippingAddress: { regionCode: "DE", locality: "Berlin", addressLines: ["Unter den Linden 1"] },
      idempotencyKey: v7(),
    });
    const watcher = follow(environment.as(user), order!.id, 0n);
    await eventually(() => watcher.seen.length === 2);
    expect(watcher.seen.map(summaryOf)).to.deep.equal([
      "0 ORDER_CREATED CREATED",
      "1 INVENTORY_RESERVED CREATED",
    ]);
    await watcher.stop();
  });

  it("is for callers who may read the order, and rejects a version that does not exist yet", async () => {
    const { id: orderId } = await insertOrderIn(environment, ada, "CREATED");
    const reason = async (client: Orders, request: Parameters<Orders["watchOrder"]>[0]) => {
      const read = async () => {
        for await (const message of client.watchOrder(request)) return message;
      };
      return reasonOf(await failureOf(read()));
    };
    expect(await reason(environment.as(bo), { orderId })).to.equal("ORDER_NOT_FOUND");
    expect(await reason(environment.as(bo), { orderId: v7() })).to.equal("ORDER_NOT_FOUND");
    expect(await reason(environment.as(bo), { orderId: "'" })).to.equal("INVALID_ARGUMENT");
    for (const afterVersion of [2n, -1n, 2n ** 62n])
      expect(await reason(environment.as(ada), { orderId, afterVersion })).to.equal("INVALID_ARGUMENT");
    const admin = follow(environment.as(bo, "admin"), orderId);
    await eventually(() => admin.seen.length === 1);
    await admin.stop();
  });

  it("serves 500 watchers of different orders at once", async function () {
    this.timeout(120_000);
    const user = newUser();
    const admin = environment.as(bo, "admin");
    const ids: string[] = [];
    for (let number = 0; number < 10; number += 1)
      ids.push((await insertOrderIn(environment, user, "PAID")).id);
    const watchers = Array.from({ length: 500 }, (_, index) => follow(admin, ids[index % 10]!));
    await eventually(() => watchers.every(({ seen }) => seen.length === 1), { timeoutMs: 45_000 });
    const client = environment.as(user);
    await Promise.all(ids.map((orderId) => client.requestRefund({ orderId, reason: "broken" })));
    await eventually(() => watchers.every(({ seen }) => seen.length === 2), { timeoutMs: 45_000 });
    await Promise.all(watchers.map(({ stop }) => stop()));
  });

  it("misses none and repeats none of 1,000 transitions when resumed 100 times, across replicas", async function () {
    this.timeout(240_000);
    const log = createLog({ service: "order", level: "silent" });
    const bus = localBus({ log });
    const other = await startOrderService({
      config: orderConfig(environment.env),
      bus,
      cacheStore: memoryStore(),
      log,
      metrics: createMetrics({ service: "order" }),
    });
    const user = newUser();
    const transport = grpcTransport({
      address: `127.0.0.1:${other.port}`,
      token: () => environment.token(`user=${user}&role=user`),
    });
    const replicas = [environment.as(user), createClient(OrderService, transport)] as const;
    const { order } = await replicas[0].createOrder({
      items: [courseLine(newCourse())],
      idempotencyKey: v7(),
    });
    const orderId = order!.id;
    await environment.query(`UPDATE orders SET status = 'PAID', captured_minor = 1000 WHERE id = $1`, [
      orderId,
    ]);

    const transitions = 1_000;
    const seen: string[] = [];
    let resumeAfter = 1n;
    let cuts = 0;

    async function watch(): Promise<void> {
      while (seen.length < transitions) {
        // Now on one replica, now on the other; now soon, now later.
        const limit = 1 + ((cuts * 7) % 17);
        const client = replicas[cuts % 2]!;
        const cancelled = new AbortController();
        let received = 0;
        try {
          const request = { orderId, afterVersion: resumeAfter };
          for await (const message of client.watchOrder(request, { signal: cancelled.signal })) {
            seen.push(summaryOf(message));
            resumeAfter = message.version;
            received += 1;
            if (received === limit || seen.length === transitions) break;
          }
        } finally {
          cancelled.abort();
        }
        cuts += 1;
      }
    }

    async function drive(): Promise<void> {
      for (let number = 0; number < transitions; number += 1) {
        const client = replicas[Math.floor(number / 3) % 2]!;
        if (number % 2 === 0) await client.requestRefund({ orderId, reason: "broken" });
        else await client.closeRefund({ orderId });
      }
    }

    await Promise.all([watch(), drive()]);
    const expected = Array.from({ length: transitions }, (_, index) =>
      index % 2 === 0 ? `${index + 2} REFUND_REQUESTED REFUND_REQUESTED` : `${index + 2} REFUND_CLOSED PAID`,
    );
    expect(seen).to.deep.equal(expected);
    expect(cuts).to.be.at.least(100);
    transport.close();
    await other.stop();
    await bus.close();
  });

  it("ends its streams when the service stops, so that callers resume at another replica", async () => {
    const user = newUser();
    const closing = await startOrderEnvironment();
    const { id } = await insertOrderIn(closing, user, "PAID");
    const watcher = follow(closing.as(user), id);
    await eventually(() => watcher.seen.length === 1);
    const ended = failureOf(watcher.done);
    await closing.stop();
    await ended;
  });
});
