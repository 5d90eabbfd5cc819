import { setTimeout as delay } from "node:timers/promises";
import { testDatabase, type TestDatabase } from "./support/database.ts";
import { newSession, sessionLine } from "./support/fixtures.ts";
import { startOrderProcess, type OrderProcess } from "./support/order-process.ts";
import { openTcpProxy, type TcpProxy } from "./support/tcp-proxy.ts";

const timeoutMs = 30_000;

describe("A service with three connections to a Postgres that is slow", function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let proxy: TcpProxy;
  let order: OrderProcess;
  before(async function () {
    if (!process.env["TILL_TEST_POSTGRES_URL"]) this.skip();
    database = await testDatabase();
    const url = new URL(database.url);
    proxy = await openTcpProxy(url.host);
    url.host = proxy.address;
    order = await startOrderProcess({
      DATABASE_URL: url.href,
      TILL_POOL_SIZE: "3",
    });
    proxy.slow(100);
  });
  after(async () => {
    await order?.stop();
    proxy?.close();
    await database?.drop();
  });

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
