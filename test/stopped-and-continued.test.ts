import { setTimeout as delay } from "node:timers/promises";
import { newSession, sessionLine } from "./support/fixtures.ts";
import type { OrderProcess } from "./support/order-process.ts";
import { startProxiedOrderProcess, type ProxiedOrderProcess } from "./support/proxied-order-process.ts";
import type { TcpProxy } from "./support/tcp-proxy.ts";

const timeoutMs = 30_000;

describe("A service that is stopped for a while, with three connections to a Postgres that is slow", function () {
  this.timeout(60_000);
  let running: ProxiedOrderProcess;
  let proxy: TcpProxy;
  let order: OrderProcess;
  before(async function () {
    if (!process.env["TILL_TEST_POSTGRES_URL"]) this.skip();
    running = await startProxiedOrderProcess({ TILL_POOL_SIZE: "3" });
    ({ order, proxy } = running);
    // The first call also waits for the keys of the tokens.
    await order.orders.listOrders({});
    proxy.slow(100);
  });
  after(() => running?.[Symbol.asyncDispose]());

  const place = () => {
    const session = newSession();
    const request = { items: [sessionLine(session)], idempotencyKey: session };
    return order.orders.createOrder(request, { timeoutMs });
  };

  it("brings the calls in a transaction to their end", async () => {
    for (const afterMs of [150, 350, 550]) {
      const calls = Promise.all(Array.from({ length: 8 }, place));
      await delay(afterMs);
      await stopFor(3_000);
      await calls;
    }
  });

  it("lets the calls wait again that waited for a connection meanwhile", async () => {
    const calls = Promise.all(Array.from({ length: 24 }, () => order.orders.listOrders({}, { timeoutMs })));
    await delay(300);
    await stopFor(3_000);
    await calls;
  });

  async function stopFor(ms: number): Promise<void> {
    process.kill(order.service.pid, "SIGSTOP");
    await delay(ms);
    process.kill(order.service.pid, "SIGCONT");
  }
});
