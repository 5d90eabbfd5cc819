import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@till/gen/grpc/health/v1/health_pb";
import { freePort } from "@till/embedded-postgres/free-port";
import { expect } from "chai";
import { eventually } from "./support/eventually.ts";
import { factsOf, rejectionOf } from "./support/failure-of.ts";
import { courseLine, newCourse } from "./support/fixtures.ts";
import type { OrderProcess } from "./support/order-process.ts";
import { startProxiedOrderProcess, type ProxiedOrderProcess } from "./support/proxied-order-process.ts";
import type { TcpProxy } from "./support/tcp-proxy.ts";

/** How long a caller waits; without limits of the service's own it would wait for its connections for ever. */
const timeoutMs = 5_000;

describe("While a firewall drops the connections to Postgres without a word", function () {
  this.timeout(120_000);
  let running: ProxiedOrderProcess;
  let proxy: TcpProxy;
  let metricsPort: number;
  let order: OrderProcess;
  before(async function () {
    if (!process.env["TILL_TEST_POSTGRES_URL"]) this.skip();
    metricsPort = await freePort();
    running = await startProxiedOrderProcess({ TILL_METRICS_PORT: `${metricsPort}` });
    ({ order, proxy } = running);
  });
  after(() => running?.[Symbol.asyncDispose]());

  let number = 0;
  const place = () => {
    const request = { items: [courseLine(newCourse())], idempotencyKey: `${(number += 1)}` };
    return order.orders.createOrder(request, { timeoutMs });
  };
  const health = async () => {
    const client = createClient(Health, order.transport);
    return Status[(await client.check({ service: "till.order.v1.OrderService" })).status];
  };
  const probe = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${metricsPort}${path}`);
    return `${response.status} ${(await response.text()).trim()}`;
  };

  it("calls are UNAVAILABLE, readiness reports it, and all of it ends when connections can be made again", async () => {
    await place();
    expect(await health()).to.equal("SERVING");
    proxy.blackHole();
    for (let round = 0; round < 3; round += 1) {
      const calls = Array.from({ length: 20 }, () => rejectionOf(place()));
      for (const rejection of await Promise.all(calls))
        expect(rejection).to.deep.include({ code: Code.Unavailable, reason: "UPSTREAM_UNAVAILABLE" });
    }
    expect(await health()).to.equal("NOT_SERVING");
    expect(await probe("/readyz")).to.equal("503 not ready: postgres");
    expect(await probe("/livez")).to.equal("200 live");

    proxy.pass();
    await eventually(place);
    await eventually(async () => expect(await health()).to.equal("SERVING"));
    expect(await probe("/readyz")).to.equal("200 ready");
  });

  it("calls work again at once where only the open connections were dropped", async () => {
    await place();
    proxy.blackHoleOpen();
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, place));
    for (const outcome of outcomes)
      if (outcome.status === "rejected")
        expect(factsOf(ConnectError.from(outcome.reason)).reason).to.equal("UPSTREAM_UNAVAILABLE");
    await eventually(place);
    await Promise.all(Array.from({ length: 20 }, place));
  });

  it("a Postgres that is slow is waited for", async () => {
    proxy.slow(20);
    await place();
    proxy.pass();
  });

  it("SIGTERM ends the service", async () => {
    proxy.blackHole();
    const calls = Array.from({ length: 20 }, () => rejectionOf(place()));
    expect(await order.service.stop()).to.equal(0);
    for (const { code } of await Promise.all(calls)) expect(code).to.equal(Code.Unavailable);
  });
});
