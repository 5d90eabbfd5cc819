import { createClient } from "@connectrpc/connect";
import { freePort } from "@till/embedded-postgres/free-port";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@till/gen/grpc/health/v1/health_pb";
import { expect } from "chai";
import { testDatabase, type TestDatabase } from "./support/database.ts";
import { eventually } from "./support/eventually.ts";
import { courseLine, newCourse } from "./support/fixtures.ts";
import { startOrderProcess, type OrderProcess } from "./support/order-process.ts";
import { openTcpProxy, type TcpProxy } from "./support/tcp-proxy.ts";

describe("While a firewall drops the connections to Kafka and Redis without a word", function () {
  this.timeout(120_000);
  let database: TestDatabase;
  let kafka: TcpProxy;
  let redis: TcpProxy;
  let order: OrderProcess;
  let metricsPort: number;
  before(async function () {
    const redisUrl = process.env["TILL_TEST_REDIS_URL"];
    const brokers = process.env["TILL_TEST_KAFKA_BROKERS"];
    if (!process.env["TILL_TEST_POSTGRES_URL"] || !redisUrl || !brokers) return this.skip();
    database = await testDatabase();
    // Of Kafka the first connection already; later ones go past the proxy, to the address that the broker names.
    kafka = await openTcpProxy(brokers.split(",")[0]!);
    kafka.blackHole();
    redis = await openTcpProxy(new URL(redisUrl).host);
    metricsPort = await freePort();
    order = await startOrderProcess({
      TILL_METRICS_PORT: `${metricsPort}`,
      TILL_MAX_BACKLOG_SECONDS: "2",
      DATABASE_URL: database.url,
      KAFKA_BROKERS: kafka.address,
      REDIS_URL: `redis://${redis.address}`,
    });
  });
  after(async () => {
    await order?.stop();
    kafka?.close();
    redis?.close();
    await database?.drop();
  });

  let number = 0;
  const place = () => {
    const request = { items: [courseLine(newCourse())], idempotencyKey: `${(number += 1)}` };
    return order.orders.createOrder(request, { timeoutMs: 5_000 });
  };

  const readiness = async () => {
    const { status } = await createClient(Health, order.transport).check({});
    const probe = await fetch(`http://127.0.0.1:${metricsPort}/readyz`);
    return `${Status[status]}, ${probe.status} ${(await probe.text()).trim()}`;
  };
  const untilReadiness = (expected: string) =>
    eventually(async () => expect(await readiness()).to.equal(expected), { timeoutMs: 60_000 });

  it("readiness reports events that Kafka has not had for too long, while orders are taken", async () => {
    await place();
    await untilReadiness("NOT_SERVING, 503 not ready: kafka");
    await place();
    kafka.pass();
    await untilReadiness("SERVING, 200 ready");
    kafka.blackHole();
  });

  it("orders are taken, and SIGTERM ends the service", async () => {
    await place();
    redis.blackHole();
    for (let round = 0; round < 5; round += 1) await Promise.all(Array.from({ length: 20 }, place));
    expect(await order.service.stop()).to.equal(0);
  });
});
