import { Code, ConnectError } from "@connectrpc/connect";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { setTimeout as delay } from "node:timers/promises";
import { untilAgreed } from "./support/agreement.ts";
import { eventually } from "./support/eventually.ts";
import { courseLine, newCourse, newUser } from "./support/fixtures.ts";
import { startPaymentSystem, type PaymentSystem } from "./support/payment-system.ts";
import { startReplicatedPostgres, type ReplicatedPostgres } from "./support/replicated-postgres.ts";
import { openTcpProxy, type TcpProxy } from "./support/tcp-proxy.ts";

const buyers = 6;
const ordersBefore = 15;

describe("A standby promoted under load", function () {
  this.timeout(240_000);
  let postgres: ReplicatedPostgres;
  let proxy: TcpProxy;
  let system: PaymentSystem;
  before(async () => {
    postgres = await startReplicatedPostgres();
    proxy = await openTcpProxy(postgres.primary);
    system = await startPaymentSystem({
      postgresUrl: postgres.url(proxy.address),
      env: { TILL_RESOLVE_AFTER_SECONDS: "1", TILL_RESOLVE_AT_LEAST_EVERY_SECONDS: "2" },
    });
  });
  after(async () => {
    await system?.stop();
    proxy?.close();
    await postgres?.stop();
  });

  it("loses nothing that was acknowledged, and callers see UNAVAILABLE with a reason until it serves", async () => {
    const paid: string[] = [];
    const failures = new Map<string, number>();
    let isOver = false;

    /** Repeats a call under its key, as a client does, until it succeeds. */
    async function untilDone<Response>(call: () => Promise<Response>): Promise<Response> {
      for (;;) {
        try {
          return await call();
        } catch (error) {
          if (!(error instanceof ConnectError)) throw error;
          const name = `${Code[error.code]} ${reasonOf(error)}`;
          failures.set(name, (failures.get(name) ?? 0) + 1);
          await delay(50);
        }
      }
    }

    async function buy(): Promise<void> {
      const user = newUser();
      const request = { items: [courseLine(newCourse())], idempotencyKey: "create" };
      const { order } = await untilDone(() => system.ordersAs(user, "user").createOrder(request));
      const { id: orderId, total } = order!;
      const method = { case: "paymentToken" as const, value: "tok_50ms" };
      const payment = { orderId, amount: total!, method, idempotencyKey: "pay" };
      await untilDone(() => system.paymentsAs(user, "user").processPayment(payment));
      paid.push(orderId);
    }

    const load = Array.from({ length: buyers }, async () => {
      while (!isOver) await buy();
    });
    await eventually(() => paid.length >= ordersBefore, { timeoutMs: 60_000 });
    await postgres.killPrimary();
    proxy.switchTo(postgres.standby);
    const before = paid.length;
    const failed = () => [...failures.values()].reduce((sum, count) => sum + count, 0);
    // The standby is read-only until it is promoted, and calls reach it meanwhile.
    await eventually(() => failed() >= 3 * buyers, { timeoutMs: 60_000 });
    await postgres.promote();
    await eventually(() => paid.length >= before + ordersBefore, { timeoutMs: 60_000 });
    isOver = true;
    await Promise.all(load);

    expect([...failures.keys()]).to.include("Unavailable UPSTREAM_UNAVAILABLE");
    // The last one is for a repeat under the key of a call whose outcome could not be written yet.
    const typed = [
      ...["Unavailable UPSTREAM_UNAVAILABLE", "Unavailable PAYMENT_UNKNOWN"],
      "Aborted REQUEST_IN_PROGRESS",
    ];
    expect([...failures.keys()].filter((name) => !typed.includes(name))).to.deep.equal([]);
    for (const orderId of paid) {
      const { payments, ledger } = await untilAgreed(system.parties(), orderId, {
        order: "PAID",
        captured: 1000,
      });
      expect({ payments, ledger }).to.deep.equal({ payments: ["PROCESSED"], ledger: ["charge 1000"] });
    }
  });
});
