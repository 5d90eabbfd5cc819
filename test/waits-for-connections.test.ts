import { setTimeout as delay } from "node:timers/promises";
import { newSession, sessionLine } from "./support/fixtures.ts";
import type { OrderProcess } from "./support/order-process.ts";
import { startProxiedOrderProcess, type ProxiedOrderProcess } from "./support/proxied-order-process.ts";
import type { TcpProxy } from "./support/tcp-proxy.ts";

const timeoutMs = 30_000;

describe("A service with three connections to a Postgres that is slow", function () {
  this.timeout(60_000);
  let running: ProxiedOrderProcess;
  let proxy: TcpProxy;
  let order: OrderProcess;
  before(async function () {
    if (!process.env["TILL_TEST_POSTGRES_URL"]) this.skip();
    running = await startProxiedOrderProcess({ TILL_POOL_SIZE: "3" });
    ({ order, proxy } = running);
    proxy.slow(100);
  });
  after(() => running?.[Symbol.asyncDispose]());

  const place = () => {
    const session = newSession();
    const request = { items: [sessionLine(session)], idempotencyKey: session };
    return order.orders.createOrder(request, { timeoutMs });
  };

  it("lets the calls that need one wait, longer than a connection may take to open", async () => {
    await Promise.all(Array.from({ length: 90 }, () => order.orders.listOrders({}, { timeoutMs })));
  });

  it("brings calls in a transaction to their end though it was stopped for a while", async () => {
    for (const afterMs of [150, 350, 550]) {
      const calls = Promise.all(Array.from({ length: 8 }, place));
      await delay(afterMs);
      process.kill(order.service.pid, "SIGSTOP");
      await delay(3_000);
      process.kill(order.service.pid, "SIGCONT");
      await calls;
    }
  });
});
