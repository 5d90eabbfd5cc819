import { newId } from "@till/ids";
import { expect } from "chai";
import { startCrashingPaymentService } from "../services/payment/test/support/crashing-payment-service.ts";
import { paymentMethodActions } from "../services/payment/test/support/payment-methods.ts";
import {
  startPaymentEnvironment,
  type PaymentEnvironment,
} from "../services/payment/test/support/payment-service.ts";
import { testDatabase, withClient, type TestDatabase } from "./support/database.ts";
import { courseLine, newCourse, newSession, newUser, sessionLine } from "./support/fixtures.ts";
import { startOrderProcess, type OrderProcess } from "./support/order-process.ts";
import { stopInTransaction } from "./support/stop-in-transaction.ts";
import { openTcpProxy, type TcpProxy } from "./support/tcp-proxy.ts";

/** On a machine that is busy the lock may be gone before the others' calls have ended: then it is tried again. */
const rounds = 5;
const timeoutMs = 30_000;
/** How long a statement of the replica that is stopped is on its way, so that it can be stopped between two. */
const slowMs = 200;

describe("A replica that is stopped while a transaction of it keeps locks", function () {
  this.timeout(120_000);

  describe("of the order service", () => {
    let database: TestDatabase;
    let proxy: TcpProxy;
    let healthy: OrderProcess;
    let stopped: Omit<OrderProcess, "replica">;
    before(async function () {
      if (!process.env["TILL_TEST_POSTGRES_URL"]) this.skip();
      database = await testDatabase();
      const url = new URL(database.url);
      proxy = await openTcpProxy(url.host);
      url.host = proxy.address;
      healthy = await startOrderProcess({ DATABASE_URL: database.url });
      stopped = await healthy.replica({ DATABASE_URL: url.href });
    });
    after(async () => {
      await stopped?.stop();
      await healthy?.stop();
      proxy?.close();
      await database?.drop();
    });

    type Line = ReturnType<typeof courseLine> | ReturnType<typeof sessionLine>;
    const place = (
      { orders }: Pick<OrderProcess, "orders">,
      line: Line = courseLine(newCourse()),
      key = newId(),
    ) => orders.createOrder({ items: [line], idempotencyKey: key }, { timeoutMs });

    /** Returns whether the lock was still kept when the calls that do not need it had ended. */
    async function round(): Promise<boolean> {
      const [session, key] = [newSession(), newId()];
      proxy.slow(slowMs);
      const interrupted = place(stopped, sessionLine(session), key);
      const { isOpen, resume } = await stopInTransaction({
        ...{ pid: stopped.service.pid, databaseUrl: database.url, table: "session_seats" },
      });
      const onTheSession = [place(healthy, sessionLine(session)), place(healthy, sessionLine(session), key)];
      const bought = await Promise.all(Array.from({ length: 20 }, () => place(healthy)));
      await Promise.all(bought.map(({ order }) => healthy.orders.cancelOrder({ orderId: order!.id })));
      const wasOpen = await isOpen();
      const [other, again] = await Promise.all(onTheSession);
      proxy.pass();
      resume();
      const { order } = await interrupted;
      expect([again!.order!.id, other!.order!.id === order!.id]).to.deep.equal([order!.id, false]);
      await place(stopped, sessionLine(session));
      expect(await writtenOf(session)).to.deep.equal({ orders: 3, taken: 3, entries: 3, repeated: 0 });
      return wasOpen;
    }

    async function writtenOf(session: string): Promise<object> {
      let written = {};
      await withClient(database.url, async (client) => {
        const { rows } = await client.query<object>(
          `WITH bought AS (SELECT order_id FROM order_items WHERE ref_id = $1)
           SELECT (SELECT count(*)::int FROM bought) AS orders,
                  (SELECT taken FROM session_seats WHERE session_id = $1) AS taken,
                  (SELECT count(*)::int FROM order_event WHERE order_id IN (SELECT order_id FROM bought)) AS entries,
                  (SELECT (count(*) - count(DISTINCT (key, type)))::int FROM outbox) AS repeated`,
          [session],
        );
        written = rows[0]!;
      });
      return written;
    }

    it("holds up nothing but what needs them, and that only until the server ends the transaction", () =>
      untilTrue(round));
  });

  describe("of the payment service", () => {
    let environment: PaymentEnvironment;
    let proxy: TcpProxy;
    before(async function () {
      if (!process.env["TILL_TEST_POSTGRES_URL"]) this.skip();
      environment = await startPaymentEnvironment();
      proxy = await openTcpProxy(new URL(environment.env["DATABASE_URL"]!).host);
    });
    after(async () => {
      await environment?.stop();
      proxy?.close();
    });
    const { add, added, list } = paymentMethodActions(() => environment);

    /** Returns whether the lock was still kept when the calls that do not need it had ended. */
    async function round(): Promise<boolean> {
      const [user, key] = [newUser(), newId()];
      const url = new URL(environment.env["DATABASE_URL"]!);
      url.host = proxy.address;
      const replica = await startCrashingPaymentService(environment, {
        ...{ user, role: "user", env: { DATABASE_URL: url.href } },
      });
      try {
        proxy.slow(slowMs);
        const request = { userId: user, paymentToken: "tok_approve", idempotencyKey: key };
        const interrupted = replica.client.addPaymentMethod(request, { timeoutMs });
        const { isOpen, resume } = await stopInTransaction({
          ...{ pid: replica.pid, databaseUrl: environment.env["DATABASE_URL"]!, table: "payment_method" },
        });
        const [second, again] = [add(user, { token: "tok_slow" }), add(user, { key })];
        await Promise.all(Array.from({ length: 10 }, () => added(newUser())));
        await Promise.all(
          Array.from({ length: 10 }, async () => environment.pay(await environment.placeOrder())),
        );
        const wasOpen = await isOpen();
        const ids = [(await second).paymentMethod!.id, (await again).paymentMethod!.id];
        proxy.pass();
        resume();
        expect((await interrupted).paymentMethod!.id).to.equal(ids[1]);
        await replica.client.listPaymentMethods({});
        expect((await list(user)).map(({ id }) => id)).to.have.members(ids);
        return wasOpen;
      } finally {
        proxy.pass();
        replica.kill();
        await replica.exited;
      }
    }

    it("holds up nothing but what needs them, and that only until the server ends the transaction", () =>
      untilTrue(round));
  });
});

async function untilTrue(round: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < rounds; tries += 1) if (await round()) return;
  expect.fail("the locks were never kept for as long as the calls that do not need them took");
}
